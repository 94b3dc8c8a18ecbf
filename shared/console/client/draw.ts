import { axisX, type Markish, type PlotOptions } from "@observablehq/plot";
import type { ChartData, ChartRun } from "../charts/chart-data.ts";

/** Draws a chart with a width in pixels; undefined when there is nothing to show. */
export type Draw = (data: ChartData, width: number) => Element | undefined;

/** Colours of the style sheet, which follow light and dark mode. */
export const colours = {
  text: "var(--text)",
  muted: "var(--muted)",
  line: "var(--line)",
  surface: "var(--surface)",
  good: "var(--good)",
  warning: "var(--warning)",
  bad: "var(--bad)",
  busy: "var(--busy)",
} as const;

/** Width of the name of a run, pixels. */
const LABEL_WIDTH = 48;

const LAYER_COLOURS = ["var(--layer-1)", "var(--layer-2)", "var(--layer-3)", "var(--layer-4)", "var(--layer-5)"];

/** The colour of a layer, the same in every chart. */
export function layerColours(layers: readonly string[]): string[] {
  return layers.map((_, index) => LAYER_COLOURS[index % LAYER_COLOURS.length] ?? colours.muted);
}

const STATE_COLOURS: Record<string, string> = {
  completed: colours.good,
  kept: colours.good,
  warned: colours.warning,
  retrying: colours.warning,
  running: colours.busy,
  failed: colours.bad,
  interrupted: colours.bad,
};

/** The colour of a state. */
export function stateColour(state: string): string {
  return STATE_COLOURS[state] ?? colours.muted;
}

/** Options of all charts. */
export function frame(width: number): PlotOptions {
  return {
    width,
    style: { background: "none", color: colours.muted, fontFamily: "inherit", fontSize: "12px", overflow: "visible" },
  };
}

/** A chart with fewer runs reserves space for this number, so that a single run is not one wide bar. */
const LEAST_RUNS = 12;

/** The scale of runs, in their order. */
export function runScale(runs: readonly ChartRun[], type: "band" | "point" = "band"): NonNullable<PlotOptions["x"]> {
  const room = Array.from({ length: Math.max(0, LEAST_RUNS - runs.length) }, (_, index) => `none ${index}`);
  return { type, domain: [...room, ...runs.map(({ id }) => id)], label: null };
}

/** The axis of runs: as many names as fit, counted from the newest. */
export function runAxis(runs: readonly ChartRun[], width: number): Markish {
  const every = Math.max(1, Math.ceil((Math.max(LEAST_RUNS, runs.length) * LABEL_WIDTH) / width));
  const label = new Map(runs.map((run) => [run.id, run.label]));
  return axisX({
    ticks: runs.filter((_, index) => (runs.length - 1 - index) % every === 0).map(({ id }) => id),
    tickFormat: (id: string) => label.get(id) ?? id,
    tickSize: 0,
    label: null,
  });
}
