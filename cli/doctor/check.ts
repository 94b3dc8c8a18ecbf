/** What a check found: all is well, somebody should look, or something is broken. */
export type CheckState = "ok" | "warning" | "failed";

/** The result of one check. */
export interface Check {
  name: string;
  state: CheckState;
  /** What was found, and what was expected where that differs. */
  found: string;
  /** The next step, with the command to run; null where nothing is to be done. */
  fix: string | null;
}

/** A check found all well. */
export function ok(name: string, found: string): Check {
  return { name, state: "ok", found, fix: null };
}

/** Somebody should look at it, but nothing is broken yet. */
export function warning(name: string, found: string, fix: string): Check {
  return { name, state: "warning", found, fix };
}

/** Something is broken. */
export function failed(name: string, found: string, fix: string): Check {
  return { name, state: "failed", found, fix };
}
