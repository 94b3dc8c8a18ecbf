import type { Curve } from "./bench-curve.ts";
import type { LoadBench } from "./bench-load.ts";
import type { WideRows } from "./bench-wide-rows.ts";

/** Size and repetitions of a measurement. */
export interface BenchFlags {
  size: number;
  repeat: number;
  json: boolean;
}

/** The options of `npm run bench -- load`. */
export interface BenchResult extends LoadBench {
  curve?: Curve;
  wideRows?: WideRows;
}
