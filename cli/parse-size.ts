import { InvalidArgumentError } from "commander";

/** Smallest size of a sample; local/sample/volumes.ts says why. */
const MIN_BYTES = 1_000_000;
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/**
 * Parses the size of a sample dump: `50MB`, `1.5GB`, `64MiB`; a number without unit is bytes.
 *
 * @throws InvalidArgumentError when it is not a size, or too small for a sample
 */
export function parseSize(text: string): number {
  const [, digits, unit = "B"] = /^(\d+(?:\.\d+)?)\s*([KMG]?i?B)?$/i.exec(text) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
  if (!Number.isFinite(bytes)) throw new InvalidArgumentError("expected a size such as 50MB, 300MB or 1GB");
  if (bytes < MIN_BYTES) throw new InvalidArgumentError("a sample needs at least 1MB");
  return bytes;
}
