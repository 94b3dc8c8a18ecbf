import type { LayerRunRow } from "../schema/rows.ts";

/** When the next attempt of a waiting layer is due, ISO 8601; null when the layer does not wait. */
export function nextAttemptAt({ state, next_attempt_at: due }: LayerRunRow): string | null {
  return state === "retrying" ? (due?.toISOString() ?? null) : null;
}
