import { axisY, barY, gridY, plot } from "@observablehq/plot";
import { colours, frame, runAxis, runScale, type Draw } from "./draw.ts";
import { withLegend } from "./with-legend.ts";

/** Data tests that did not pass, run by run. */
export const drawQuality: Draw = ({ quality: { runs, warned, failed } }, width) => {
  const bars = runs.flatMap(({ id }, index) => [
    { run: id, kind: "failed", tests: failed[index] ?? 0 },
    { run: id, kind: "warned", tests: warned[index] ?? 0 },
  ]);
  const highest = Math.max(0, ...runs.map((_, index) => (failed[index] ?? 0) + (warned[index] ?? 0)));
  if (highest === 0) return undefined;
  const step = Math.max(1, Math.ceil(highest / 4));
  const ticks = Array.from({ length: Math.floor(Math.max(2, highest) / step) + 1 }, (_, index) => index * step);
  const chart = plot({
    ...frame(width),
    height: 160,
    marginLeft: 44,
    marginTop: 24,
    x: runScale(runs),
    y: { domain: [0, Math.max(2, highest)] },
    color: { domain: ["failed", "warned"], range: [colours.bad, colours.warning] },
    marks: [
      gridY(ticks, { stroke: colours.line, strokeOpacity: 1 }),
      axisY(ticks, { tickFormat: String, tickSize: 0, label: "data tests" }),
      runAxis(runs, width),
      barY(bars, { x: "run", y: "tests", fill: "kind", order: ["failed", "warned"], insetLeft: 1, insetRight: 1 }),
    ],
  });
  return withLegend(chart, [
    ["failed", colours.bad],
    ["warned", colours.warning],
  ]);
};
