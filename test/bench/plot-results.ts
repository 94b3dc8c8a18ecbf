import type { Curve } from "./bench-curve.ts";
import { clientName, type LoadBench } from "./bench-load.ts";

const WIDTH = 880;
const HEIGHT = 340;
const TOP = 56;
const BOTTOM = 290;
const COLORS = { client: "#8c8c8c", myloader: "#b58900", baton: "#1a7f4b" } as const;

/** Draws the figures as SVG: the time of each program, and the growth of the time with the dump's size. */
export function plotResults(result: LoadBench & { curve?: Curve | undefined }): string {
  const parts = [bars(result), ...(result.curve === undefined ? [] : [lines(result.curve)])];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" role="img" aria-label="Times of the loads, and how they grow with the dump">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...parts.flat(),
    "</svg>\n",
  ].join("\n");
}

function bars(result: LoadBench): string[] {
  const { client, myloader, full, partly, unchanged } = result;
  const entries = [
    { name: clientName(result.server.engine), ms: client.ms, color: COLORS.client },
    { name: "myloader, 2 threads", ms: myloader.ms, color: COLORS.myloader },
    { name: "Baton, full", ms: full.ms, color: COLORS.baton },
    { name: `Baton, ${partly.changedTables.length} changed`, ms: partly.ms, color: COLORS.baton },
    { name: "Baton, unchanged", ms: unchanged.ms, color: COLORS.baton },
  ];
  const [left, right, height] = [150, 370, 30];
  const scale = (right - left) / Math.max(...entries.map(({ ms }) => ms));
  return [
    title(20, `Loading ${Math.round(result.bytes / 1e6)} MB, seconds`),
    ...entries.flatMap(({ name, ms, color }, index) => {
      const y = TOP + index * (height + 16);
      const width = Math.max(1, ms * scale);
      return [
        text({ x: left - 8, y: y + 20, anchor: "end" }, name),
        `<rect x="${left}" y="${y}" width="${round(width)}" height="${height}" fill="${color}"/>`,
        text({ x: left + width + 6, y: y + 20, anchor: "start" }, seconds(ms)),
      ];
    }),
  ];
}

function lines({ points, r2 }: Curve): string[] {
  const [left, right] = [500, 840];
  const maxBytes = Math.max(...points.map(({ bytes }) => bytes));
  const maxMs = Math.max(...points.map(({ clientMs }) => clientMs));
  const x = (bytes: number): number => left + (bytes / maxBytes) * (right - left);
  const y = (ms: number): number => BOTTOM - (ms / maxMs) * (BOTTOM - TOP);
  const line = (name: string, color: string, msOf: (point: Curve["points"][number]) => number): string[] => {
    const places = points.map((point) => ({ x: round(x(point.bytes)), y: round(y(msOf(point))) }));
    const last = points.at(-1);
    return [
      `<polyline points="${places.map((place) => `${place.x},${place.y}`).join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...places.map((place) => `<circle cx="${place.x}" cy="${place.y}" r="4" fill="${color}"/>`),
      ...(last === undefined
        ? []
        : [text({ x: right, y: y(msOf(last)) - 10, anchor: "end" }, `${name} ${seconds(msOf(last))}`)]),
    ];
  };
  return [
    title(left - 20, `Growth with the dump (Baton: r² = ${r2})`),
    `<path d="M${left},${TOP} V${BOTTOM} H${right}" fill="none" stroke="#444444"/>`,
    ...points.map(({ bytes }, index) =>
      // the small sizes are too close together to label all of them
      index === 0
        ? ""
        : text({ x: x(bytes), y: BOTTOM + 18, anchor: "middle" }, `${Number((bytes / 1e9).toFixed(1))} GB`),
    ),
    ...line("client", COLORS.client, ({ clientMs }) => clientMs),
    ...line("Baton", COLORS.baton, ({ ms }) => ms),
  ].filter((part) => part !== "");
}

function title(x: number, content: string): string {
  return `<text x="${x}" y="30" font-size="15" font-weight="bold" fill="#222222">${escaped(content)}</text>`;
}

function text({ x, y, anchor }: { x: number; y: number; anchor: string }, content: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="#222222">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
