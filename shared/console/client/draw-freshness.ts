import { axisY, dot, gridY, lineY, plot, ruleY, text } from "@observablehq/plot";
import { colours, frame, runAxis, runScale, type Draw } from "./draw.ts";

/** Hours from the dump to live, run by run, against the limit. */
export const drawFreshness: Draw = ({ freshness: { runs, hours, limitHours } }, width) => {
  const points = runs.map((run, index) => ({ run: run.id, hours: hours[index] ?? null }));
  const known = points.flatMap((point) => point.hours ?? []);
  if (known.length < 2) return undefined;
  const highest = Math.max(...known);
  const limits = limitHours < highest * 4 ? [limitHours] : [];
  return plot({
    ...frame(width),
    height: 180,
    marginLeft: 44,
    marginTop: 24,
    x: runScale(runs, "point"),
    y: { domain: [0, Math.max(highest, ...limits) * 1.1] },
    marks: [
      gridY({ stroke: colours.line, strokeOpacity: 1 }),
      axisY({ ticks: 4, tickSize: 0, label: "hours from the dump to live" }),
      runAxis(runs, width),
      lineY(points, { x: "run", y: "hours", stroke: colours.busy, strokeWidth: 1.5 }),
      dot(points, { x: "run", y: "hours", fill: colours.busy, r: 2.5 }),
      ruleY(limits, { stroke: colours.bad, strokeDasharray: "4 3" }),
      text(limits, {
        y: (value: number) => value,
        text: (value: number) => `alarm ${value} h`,
        frameAnchor: "right",
        textAnchor: "end",
        dy: -7,
        fill: colours.bad,
      }),
    ],
  });
};
