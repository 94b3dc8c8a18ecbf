/** Returns a chart with a legend of its colours above it. */
export function withLegend(chart: Element, entries: readonly (readonly [name: string, colour: string])[]): Element {
  const legend = document.createElement("p");
  legend.className = "legend";
  for (const [name, colour] of entries) {
    const entry = document.createElement("span");
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = colour;
    entry.append(swatch, name);
    legend.append(entry);
  }
  const container = document.createElement("div");
  container.append(legend, chart);
  return container;
}
