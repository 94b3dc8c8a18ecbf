import { InvalidArgumentError } from "commander";

/** The instant that is `30m`, `12h` or `3d` before the present, in ISO 8601. */
export function instantBefore(text: string): string {
  return new Date(Date.now() - parseSpan(text)).toISOString();
}

/** `30m`, `12h` or `3d` in milliseconds. */
export function parseSpan(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  if (ms === undefined) throw new InvalidArgumentError("expected a duration: 30m, 12h or 3d");
  return Number(amount) * ms;
}
