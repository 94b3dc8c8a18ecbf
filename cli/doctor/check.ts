/** State of a check: all is well, needs attention, or broken. */
export type CheckState = "ok" | "warning" | "failed";

/** The result of one check. */
export interface Check {
  name: string;
  state: CheckState;
  /** What was found, and the expected value where it differs. */
  found: string;
  /** The next step, with the command to run; null when nothing needs to be done. */
  fix: string | null;
}

/** A check that found no problem. */
export function ok(name: string, found: string): Check {
  return { name, state: "ok", found, fix: null };
}

/** A check that found something that needs attention, but nothing broken. */
export function warning(name: string, found: string, fix: string): Check {
  return { name, state: "warning", found, fix };
}

/** A check that found something broken. */
export function failed(name: string, found: string, fix: string): Check {
  return { name, state: "failed", found, fix };
}
