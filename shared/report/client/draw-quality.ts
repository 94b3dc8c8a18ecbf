import { axisY, barY, gridY, plot } from "@observablehq/plot";
import { colours, frame, runAxis, runScale, type Draw } from "./draw.ts";

/** Data tests that did not pass, run by run. */
export const drawQuality: Draw = ({ quality: { runs, warned, failed } }, width) => {
  const bars = runs.flatMap(({ id }, index) => [
    { run: id, kind: "failed", tests: failed[index] ?? 0 },
    { run: id, kind: "warned", tests: warned[index] ?? 0 },
  ]);
  const highest = Math.max(0, ...runs.map((_, index) => (failed[index] ?? 0) + (warned[index] ?? 0)));
  if (highest === 0) return undefined;
  return plot({
    ...frame(width),
    height: 160,
    marginLeft: 44,
    marginTop: 24,
    x: runScale(runs),
    y: { domain: [0, Math.max(2, highest)] },
    color: { domain: ["failed", "warned"], range: [colours.bad, colours.warning] },
    marks: [
      gridY({ stroke: colours.line, strokeOpacity: 1 }),
      axisY({
        ticks: Math.min(4, Math.max(2, highest)),
        tickFormat: (value: number) => (Number.isInteger(value) ? String(value) : ""),
        tickSize: 0,
        label: "tests failed (red) or warned (amber)",
      }),
      runAxis(runs, width),
      barY(bars, { x: "run", y: "tests", fill: "kind", order: ["failed", "warned"], insetLeft: 1, insetRight: 1 }),
    ],
  });
};
