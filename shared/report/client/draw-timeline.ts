import { axisX, barX, gridX, plot, text } from "@observablehq/plot";
import { colours, frame, stateColour, type Draw } from "./draw.ts";

/** Tokyo has no daylight saving, and Plot's time axis is UTC: shifted instants show Tokyo's wall time. */
const TOKYO_MS = 9 * 3_600_000;
const ROW_HEIGHT = 40;

/** Attempts of the run as bars over time, one row a layer. */
export const drawTimeline: Draw = ({ timeline: { layers, bars } }, width) => {
  if (bars.length === 0) return undefined;
  const shown = bars.map((bar) => ({ ...bar, from: new Date(bar.from + TOKYO_MS), to: new Date(bar.to + TOKYO_MS) }));
  const span = Math.max(...bars.map(({ to }) => to)) - Math.min(...bars.map(({ from }) => from));
  return plot({
    ...frame(width),
    height: layers.length * ROW_HEIGHT + 36,
    marginLeft: 70,
    marginRight: 20,
    marginTop: 4,
    marginBottom: 32,
    x: { type: "utc", label: "Tokyo time" },
    y: { domain: layers, label: null, tickSize: 0 },
    marks: [
      gridX({ stroke: colours.line, strokeOpacity: 1 }),
      axisX({ ticks: Math.max(2, Math.floor(width / 110)), tickFormat: span < 600_000 ? "%H:%M:%S" : "%H:%M", tickSize: 0 }),
      barX(shown, {
        x1: "from",
        x2: "to",
        y: "layer",
        fill: ({ state }: { state: string }) => stateColour(state),
        insetTop: 6,
        insetBottom: 6,
        rx: 2,
      }),
      text(
        shown.filter(({ attempt, from, to }) => bars.length > layers.length && attempt > 0 && fits(from, to, span, width)),
        {
          x: ({ from, to }: { from: Date; to: Date }) => new Date((from.getTime() + to.getTime()) / 2),
          y: "layer",
          text: (bar: { attempt: number }) => String(bar.attempt),
          fill: colours.surface,
          fontWeight: "600",
        },
      ),
    ],
  }); // prettier-ignore
};

/** Whether a number fits into a bar. */
function fits(from: Date, to: Date, span: number, width: number): boolean {
  return ((to.getTime() - from.getTime()) / span) * width > 14;
}
