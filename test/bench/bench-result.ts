import type { Curve } from "./bench-curve.ts";
import type { LoadBench } from "./bench-load.ts";
import type { WideRows } from "./bench-wide-rows.ts";

/** Everything that `npm run bench -- load` was asked for. */
export interface BenchResult extends LoadBench {
  curve?: Curve;
  wideRows?: WideRows;
}
