import { axisY, barY, gridY, plot, ruleY, text, type Markish } from "@observablehq/plot";
import { signOf } from "../html/state-badge.ts";
import { colours, frame, layerColours, runAxis, runScale, stateColour, type Draw } from "./draw.ts";
import { withLegend } from "./with-legend.ts";

/** Target and alarm are drawn only below this multiple of the highest bar, so that the bars stay readable. */
const FAR_ABOVE = 4;

/** Run time of the last runs, stacked by layer, with target and alarm. */
export const drawDurations: Draw = ({ durations: { runs, layers, bars, targetMinutes, alarmMinutes } }, width) => {
  if (bars.length === 0) return undefined;
  const totals = new Map<string, number>();
  for (const { run, minutes } of bars) totals.set(run, (totals.get(run) ?? 0) + minutes);
  const highest = Math.max(...totals.values());
  const limits = [
    { minutes: targetMinutes, word: `target ${targetMinutes} min`, colour: colours.warning },
    { minutes: alarmMinutes, word: `alarm ${alarmMinutes} min`, colour: colours.bad },
  ].filter(({ minutes }) => minutes < highest * FAR_ABOVE);
  const unit = highest < 2 ? { factor: 60, name: "seconds" } : { factor: 1, name: "minutes" };
  const notCompleted = runs.filter(({ state, id }) => state !== "completed" && totals.has(id));
  const marks: Markish[] = [
    gridY({ stroke: colours.line, strokeOpacity: 1 }),
    axisY({ ticks: 5, tickSize: 0, label: unit.name }),
    runAxis(runs, width),
    barY(bars, {
      x: "run",
      y: ({ minutes }: { minutes: number }) => minutes * unit.factor,
      fill: "layer",
      order: [...layers],
      insetLeft: 1,
      insetRight: 1,
    }),
    ...limits.flatMap(({ minutes, word, colour }) => [
      ruleY([minutes * unit.factor], { stroke: colour, strokeDasharray: "4 3" }),
      text([minutes * unit.factor], {
        y: (value: number) => value,
        text: [word],
        frameAnchor: "right",
        dy: -7,
        fill: colour,
        textAnchor: "end",
      }),
    ]),
    text(notCompleted, {
      x: "id",
      y: ({ id }: { id: string }) => (totals.get(id) ?? 0) * unit.factor,
      text: ({ state }: { state: string }) => signOf(state),
      fill: ({ state }: { state: string }) => stateColour(state),
      dy: -8,
    }),
  ];
  const chart = plot({
    ...frame(width),
    height: 240,
    marginLeft: 44,
    marginTop: 24,
    x: runScale(runs),
    y: { domain: [0, Math.max(highest, ...limits.map(({ minutes }) => minutes)) * unit.factor * 1.05] },
    color: { domain: [...layers], range: layerColours(layers) },
    marks,
  });
  return withLegend(
    chart,
    layers.map((layer, index) => [layer, layerColours(layers)[index] ?? ""]),
  );
};
