import type { LayerRunRow } from "../schema/rows.ts";

/** When a layer that waits for its next attempt is due, ISO 8601; null for one that does not wait. */
export function nextAttemptAt({ state, next_attempt_at: due }: LayerRunRow): string | null {
  return state === "retrying" ? (due?.toISOString() ?? null) : null;
}
