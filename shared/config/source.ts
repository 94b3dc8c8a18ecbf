import { z } from "zod";
import { businessDateSchema, type BusinessDate } from "../../events/ids.ts";
import { oneLine } from "../../events/one-line.ts";
import { PermanentError } from "../errors/errors.ts";

/** Name of the dumps: it is part of S3 keys, of a wildcard of EventBridge and of file names. */
const DUMP_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const sourceSchema = z.strictObject({
  /** Dumps are named `<dumpName>_YYYYMMDD.sql`, also `.sql.gz` and `.sql.zst`, manifests `<dumpName>_YYYYMMDD.json`. */
  dumpName: z.string().regex(DUMP_NAME, "expected letters, digits, hyphens, underscores"),
  /** Tables that are published even when they have no rows, in addition to the tables that models read. */
  mayBeEmpty: z.array(z.string().min(1)).default([]),
});

/** The source system of a deployment: `custom.source` in `serverless.yml`. */
export type Source = z.infer<typeof sourceSchema>;

/**
 * Checks `custom.source` of `serverless.yml`.
 *
 * @throws PermanentError CONFIG_INVALID naming the field
 */
export function parseSource(value: unknown): Source {
  const parsed = sourceSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PermanentError("CONFIG_INVALID", `custom.source in serverless.yml: ${oneLine(parsed.error)}`, {
    kind: "bug",
    advice: "Correct custom.source in serverless.yml. The comment above it describes its fields.",
  });
}

/** Prefix of the keys of manifests. */
export const MANIFEST_PREFIX = "dumps-manifest/";

/** Name of a date's dump without extension. */
export function dumpNameOf({ dumpName }: Pick<Source, "dumpName">, businessDate: BusinessDate): string {
  return `${dumpName}_${businessDate.replaceAll("-", "")}`;
}

/** Manifest key of a business date. */
export function manifestKeyOf(source: Pick<Source, "dumpName">, businessDate: BusinessDate): string {
  return `${MANIFEST_PREFIX}${dumpNameOf(source, businessDate)}.json`;
}

/** The business date in the key of a manifest; undefined for any other key. */
export function dateOfManifestKey(key: string | undefined): BusinessDate | undefined {
  const [, year = "", month = "", day = ""] = /^dumps-manifest\/.*_(\d{4})(\d{2})(\d{2})\.json$/.exec(key ?? "") ?? [];
  return businessDateSchema.safeParse(`${year}-${month}-${day}`).data;
}
