import { axisX, barX, gridX, plot, text } from "@observablehq/plot";
import type { ChartData } from "../charts/chart-data.ts";
import { wallTime } from "../../time/wall-time.ts";
import { colours, frame, stateColour, type Draw } from "./draw.ts";

const ROW_HEIGHT = 40;
const [LEFT, RIGHT] = [70, 20];
/** Width of a letter in a label, pixels. */
const LETTER = 7;
const SMALL_LETTER = 5.5;
const [SECOND, MINUTE] = [1_000, 60_000];
const STEPS = [5, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400].map((step) => step * SECOND);

/** Attempts of the run as bars over time and the waits between them as thin bars, one row per layer. */
export const drawTimeline: Draw = ({ timeline: { layers, bars: all, timeZone } }, width) => {
  if (all.length === 0) return undefined;
  const [bars, waits] = [all.filter((bar) => bar.state !== "waiting"), all.filter((bar) => bar.state === "waiting")];
  const [start, end] = [Math.min(...all.map(({ from }) => from)), Math.max(...all.map(({ to }) => to))];
  const span = Math.max(SECOND, end - start);
  // Plot's time axis is UTC: shifted times show the time in the zone
  const offset = Date.parse(`${wallTime(new Date(start), timeZone)}Z`) - Math.floor(start / SECOND) * SECOND;
  const shift = (instant: number): Date => new Date(instant + offset);
  const step =
    STEPS.find((candidate) => (span / candidate) * (candidate < MINUTE ? 72 : 50) <= width - LEFT - RIGHT) ?? span;
  const first = Math.ceil(start / step) * step;
  const ticks = Array.from({ length: Math.max(0, Math.floor((end - first) / step) + 1) }, (_, index) =>
    shift(first + index * step),
  );
  const perMs = (width - LEFT - RIGHT) / span;
  return plot({
    ...frame(width),
    height: layers.length * ROW_HEIGHT + 28,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 4,
    marginBottom: 24,
    x: { type: "utc", domain: [shift(start), shift(start + span)], label: null },
    y: { domain: layers, label: null, tickSize: 0 },
    marks: [
      gridX(ticks, { stroke: colours.line, strokeOpacity: 1 }),
      axisX(ticks, { tickFormat: step < MINUTE ? "%H:%M:%S" : "%H:%M", tickSize: 0 }),
      barX(waits, {
        x1: ({ from }: Bar) => shift(from),
        x2: ({ to }: Bar) => shift(to),
        y: "layer",
        fill: colours.warning,
        fillOpacity: 0.35,
        insetTop: 22,
        insetBottom: 4,
      }),
      text(
        waits.filter(({ label, from, to }) => (to - from) * perMs > label.length * SMALL_LETTER),
        {
          x: ({ from, to }: Bar) => shift((from + to) / 2),
          y: "layer",
          text: "label",
          dy: -5,
          fontSize: 10,
          fill: colours.text,
        },
      ),
      barX(bars, {
        x1: ({ from }: Bar) => shift(from),
        // gives very short attempts a visible width
        x2: ({ from, to }: Bar) => shift(Math.max(to, from + 3 / perMs)),
        y: "layer",
        fill: ({ state }: Bar) => stateColour(state),
        insetTop: 4,
        insetBottom: 4,
        rx: 2,
      }),
      ...bars.flatMap((bar) => {
        const place = placeOf(bar, bars, start, end, perMs);
        if (place === undefined) return [];
        const { at, anchor, dx } = place;
        const fill = anchor === "middle" ? colours.surface : colours.text;
        return [text([bar], { x: [shift(at)], y: "layer", text: "label", textAnchor: anchor, dx, fill, fontWeight: "600" })];
      }),
      text(
        layers.filter((layer) => !bars.some((bar) => bar.layer === layer)),
        { x: [shift(start)], y: (layer: string) => layer, text: ["not started"], textAnchor: "start", dx: 2, fill: colours.muted },
      ),
    ],
  }); // prettier-ignore
};

type Bar = ChartData["timeline"]["bars"][number];

interface Place {
  at: number;
  anchor: "start" | "middle" | "end";
  dx: number;
}

/** Position of a bar's label: in the bar, after it or before it; undefined when there is no room. */
function placeOf(bar: Bar, bars: readonly Bar[], start: number, end: number, perMs: number): Place | undefined {
  const length = (bar.label.length * LETTER) / perMs;
  const gap = 8 / perMs;
  const row = bars.filter(({ layer }) => layer === bar.layer);
  const after = Math.min(end + RIGHT / perMs, ...row.flatMap(({ from }) => (from > bar.from ? from : [])));
  const before = Math.max(start, ...row.flatMap(({ from, to }) => (from < bar.from ? to : [])));
  if (bar.to - bar.from > length) return { at: (bar.from + bar.to) / 2, anchor: "middle", dx: 0 };
  if (after - bar.to > length + gap) return { at: bar.to, anchor: "start", dx: 5 };
  if (bar.from - before > length + gap) return { at: bar.from, anchor: "end", dx: -5 };
  return undefined;
}
