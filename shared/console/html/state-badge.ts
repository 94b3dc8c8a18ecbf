import { html, type Html } from "./html.ts";

/** Signs that distinguish states without colour. */
const SIGNS: Record<string, string> = {
  completed: "✓",
  kept: "✓",
  pass: "✓",
  good: "✓",
  warned: "!",
  warn: "!",
  retrying: "↻",
  waiting: "…",
  running: "▶",
  failed: "✕",
  fail: "✕",
  error: "✕",
  accepted: "!",
  "not-good": "✕",
  interrupted: "✕",
  superseded: "⤳",
  cancelled: "⊘",
  pending: "○",
  skipped: "○",
  gap: "!",
};

/** The sign of a state. */
export function signOf(state: string): string {
  return SIGNS[state] ?? "·";
}

/** A state with its sign. */
export function stateBadge(state: string): Html {
  return html`<span class="badge state-${state}"><span aria-hidden="true">${signOf(state)}</span> ${state}</span>`;
}
