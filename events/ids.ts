import { v5 } from "uuid";
import { z } from "zod";

/** Day of the dump in the source's time zone, `YYYY-MM-DD`. */
export const businessDateSchema = z.iso.date().brand("BusinessDate");
export type BusinessDate = z.infer<typeof businessDateSchema>;

/** `<businessDate>-<8 hex digits of the dump's sha256>[-rN]`; eight zeros where no dump was found. */
export const runIdSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-r[1-9]\d*)?$/, "expected <YYYY-MM-DD>-<8 hex>[-rN]")
  .brand("RunId");
export type RunId = z.infer<typeof runIdSchema>;

/** A layer's name in the layer table of `serverless.yml`. */
export const layerNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "expected lower-case letters, digits, hyphens");

/** Namespace of event IDs. Must not change, because the IDs would change with it. */
const EVENT_NAMESPACE = "4b0d2f3e-8f6a-5d0b-9f53-0d1b7a6c52e1";

/**
 * The ID of an event. It is deterministic: the same fact has the same ID, so duplicates are recognized.
 *
 * @param subject ID of the run, or of the request for a review
 * @param layer empty for events of the whole run
 */
export function eventIdOf(subject: string, detailType: string, layer: string): string {
  return v5([subject, detailType, layer].join("\n"), EVENT_NAMESPACE);
}

/** For runs without a dump. */
const NO_DUMP_SHA256 = "0".repeat(64);

/**
 * The ID of the run that loads this dump for this business date. The same dump for the same date is the same run.
 *
 * @param sha256 hex digest of the dump object; undefined when no dump was found
 * @param repeat 0 for the first run, N for the Nth forced repetition
 */
export function runIdOf(businessDate: BusinessDate, sha256: string | undefined, repeat = 0): RunId {
  const base = `${businessDate}-${(sha256 ?? NO_DUMP_SHA256).slice(0, 8)}`;
  return runIdSchema.parse(repeat === 0 ? base : `${base}-r${repeat}`);
}
