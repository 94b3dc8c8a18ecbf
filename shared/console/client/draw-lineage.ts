import { dot, link, plot, text } from "@observablehq/plot";
import type { ChartData } from "../charts/chart-data.ts";
import { colours, frame, stateColour, type Draw } from "./draw.ts";
import { withLegend } from "./with-legend.ts";

const ROW_HEIGHT = 22;
const COLUMN_WIDTH = 175;
const MARGIN = 12;
const LABEL_WIDTH = 200;
/** Height of a letter, as a share of a row. */
const ROW_OF_TEXT = 0.7;
/** Pixels of a letter, and of a node with the gap before the next one. */
const [LETTER, NODE_WIDTH] = [6.8, 26];

type Node = ChartData["lineage"]["nodes"][number];

const wasReached = ({ state }: Node): boolean => state !== "pending" && state !== "skipped";

/** What the legend names. */
const STATES: readonly [name: string, has: (node: Node) => boolean, colour: string][] = [
  ["built", ({ state }) => state === "completed" || state === "kept", colours.good],
  ["failed", ({ state }) => state === "failed", colours.bad],
  ["being built", ({ state }) => state === "running", colours.busy],
  ["not built in this run", (node) => !wasReached(node), "none"],
];

/** The graph of models: sources on the left, each node right of what it is built from. */
export const drawLineage: Draw = ({ lineage: { columns, rows, nodes, links } }, width) => {
  if (nodes.length === 0) return undefined;
  const places = new Map(nodes.map((node) => [node.id, node]));
  const edges = links.flatMap(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    return a === undefined || b === undefined ? [] : [{ x1: a.column, y1: a.row, x2: b.column, y2: b.row }];
  });
  const whole = Math.max(width, columns * COLUMN_WIDTH);
  const step = (whole - LABEL_WIDTH - MARGIN) / Math.max(1, columns - 1);
  const labelOf = (node: Node): string => {
    const label = node.state === "failed" ? `✕ ${node.name}` : node.name;
    const ahead = nodes.filter(({ column, row }) => column > node.column && Math.abs(row - node.row) < ROW_OF_TEXT);
    const next = Math.min(columns - 1, ...ahead.map(({ column }) => column));
    const room = (next - node.column) * step + (ahead.length === 0 ? LABEL_WIDTH : 0) - NODE_WIDTH;
    // the whole name is in the tip and in the table
    return label.length * LETTER > room ? `${label.slice(0, Math.floor(room / LETTER) - 1)}…` : label;
  };
  const chart = plot({
    ...frame(whole),
    height: rows * ROW_HEIGHT + 24,
    marginLeft: MARGIN,
    marginRight: LABEL_WIDTH,
    marginTop: 12,
    marginBottom: 12,
    x: { axis: null, domain: [0, Math.max(1, columns - 1)] },
    y: { axis: null, domain: [0, Math.max(1, rows - 1)] },
    marks: [
      link(edges, { x1: "x1", y1: "y1", x2: "x2", y2: "y2", curve: "bump-x", stroke: colours.line, strokeWidth: 1.2 }),
      dot(nodes, {
        x: "column",
        y: "row",
        r: 4.5,
        // what was not built is hollow, for those who see no green
        fill: (node: Node) => (wasReached(node) ? stateColour(node.state) : colours.surface),
        stroke: (node: Node) => stateColour(node.state),
        title: "tip",
      }),
      text(nodes, {
        x: "column",
        y: "row",
        text: labelOf,
        textAnchor: "start",
        dx: 9,
        fill: (node: Node) => (node.state === "failed" ? colours.bad : wasReached(node) ? colours.text : colours.muted),
        stroke: colours.surface,
        strokeWidth: 3,
      }),
    ],
  });
  const shown = STATES.filter(([, has]) => nodes.some(has));
  return withLegend(
    chart,
    shown.map(([name, , colour]) => [name, colour]),
  );
};
