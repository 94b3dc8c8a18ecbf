import { InvalidArgumentError } from "commander";

/** The instant that is `30m`, `12h` or `3d` before the present, in ISO 8601. */
export function instantBefore(text: string): string {
  const [, amount = "", unit = ""] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const ms = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  const instant = new Date(Date.now() - Number(amount) * (ms ?? Number.NaN));
  if (Number.isNaN(instant.getTime())) throw new InvalidArgumentError("expected a duration: 30m, 12h or 3d");
  return instant.toISOString();
}
