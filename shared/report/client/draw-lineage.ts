import { dot, link, plot, text } from "@observablehq/plot";
import { colours, frame, stateColour, type Draw } from "./draw.ts";

const ROW_HEIGHT = 22;
const COLUMN_WIDTH = 175;
const LABEL_WIDTH = 200;

/** The graph of models: sources on the left, each node right of what it is built from. */
export const drawLineage: Draw = ({ lineage: { columns, rows, nodes, links } }, width) => {
  if (nodes.length === 0) return undefined;
  const places = new Map(nodes.map((node) => [node.id, node]));
  const edges = links.flatMap(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    return a === undefined || b === undefined ? [] : [{ x1: a.column, y1: a.row, x2: b.column, y2: b.row }];
  });
  return plot({
    ...frame(Math.max(width, columns * COLUMN_WIDTH)),
    height: rows * ROW_HEIGHT + 24,
    marginLeft: 12,
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
        fill: (node: { state: string }) => stateColour(node.state),
        stroke: colours.surface,
        title: "tip",
      }),
      text(nodes, {
        x: "column",
        y: "row",
        text: (node: { name: string; state: string }) => (node.state === "failed" ? `✕ ${node.name}` : node.name),
        textAnchor: "start",
        dx: 9,
        fill: (node: { state: string }) => (node.state === "failed" ? colours.bad : colours.text),
        stroke: colours.surface,
        strokeWidth: 3,
      }),
    ],
  });
};
