import { axisY, barX, plot, text } from "@observablehq/plot";
import { colours, frame, type Draw } from "./draw.ts";
import { withLegend } from "./with-legend.ts";

const ROW_HEIGHT = 26;
/** Below this width the names of errors are above the bars, pixels. */
const NARROW = 560;

/** Failed attempts by kind, divided into retried ones and those after which the layer gave up. */
export const drawFailures: Draw = ({ failures }, width) => {
  if (failures.length === 0) return undefined;
  const isNarrow = width < NARROW;
  const bars = failures.flatMap(({ label, attempts, gaveUp }) => [
    { label, part: "gave up", count: gaveUp },
    { label, part: "retried", count: attempts - gaveUp },
  ]);
  const height = isNarrow ? ROW_HEIGHT * 1.7 : ROW_HEIGHT;
  const chart = plot({
    ...frame(width),
    height: failures.length * height + 8,
    marginLeft: isNarrow ? 0 : 300,
    marginRight: 40,
    marginTop: 4,
    marginBottom: 4,
    x: { axis: null },
    y: { axis: null, domain: failures.map(({ label }) => label) },
    color: { domain: ["gave up", "retried"], range: [colours.bad, colours.warning] },
    marks: [
      barX(bars, {
        x: "count",
        y: "label",
        fill: "part",
        order: ["gave up", "retried"],
        insetTop: isNarrow ? 20 : 5,
        insetBottom: 5,
      }),
      ...(isNarrow
        ? [text(failures, { y: "label", text: "label", frameAnchor: "left", dy: -9, fill: colours.text })]
        : [axisY({ tickSize: 0, label: null, fill: colours.text })]),
      text(failures, {
        x: "attempts",
        y: "label",
        text: (kind: { attempts: number }) => String(kind.attempts),
        textAnchor: "start",
        dx: 6,
        dy: isNarrow ? 8 : 0,
        fill: colours.text,
      }),
    ],
  });
  return withLegend(chart, [
    ["the layer gave up", colours.bad],
    ["retried", colours.warning],
  ]);
};
