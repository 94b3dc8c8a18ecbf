/** A run as the rule of supersession sees it. */
export interface OrderedRun {
  run_id: string;
  seq: number;
  business_date: string;
  is_forced: number;
  from_layer: string | null;
}

/** The run whose tables are live in a layer. */
export interface LiveRun {
  run_id: string;
  business_date: string;
  seq: number;
}

/**
 * Tells whether a replay of a layer would be refused, without writing anything: the rule of `supersededBy` in
 * `claims/supersede.ts`.
 *
 * @param own the live run of the layer itself
 * @param upstream the live run of the layer before it; undefined for the first layer
 * @returns ID of the run that is live instead; undefined when the layer may be built
 */
export function supersedingRun(
  run: OrderedRun,
  own: LiveRun | undefined,
  upstream: LiveRun | undefined,
): string | undefined {
  if (own !== undefined && own.seq > run.seq) return own.run_id;
  if (own !== undefined && own.business_date > run.business_date && run.is_forced !== 1) return own.run_id;
  if (upstream === undefined || upstream.run_id === run.run_id) return undefined;
  // a run that starts at a later layer takes over the live tables before it
  return run.from_layer !== null && upstream.seq <= run.seq ? undefined : upstream.run_id;
}
