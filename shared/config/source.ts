import { z } from "zod";
import { businessDateSchema, type BusinessDate } from "../../events/ids.ts";
import { oneLine } from "../../events/one-line.ts";
import { PermanentError } from "../errors/errors.ts";
import { DEFAULT_TIME_ZONE } from "../time/time-zone.ts";

/** Time by which a day's run must be complete, in the source's time zone. */
export const DEFAULT_DEADLINE = "08:00";

/** Name of the dumps: it is part of S3 keys, of a wildcard of EventBridge and of file names. */
const DUMP_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const timeZoneSchema = z
  .string()
  .refine(isTimeZone, "expected the IANA name of a time zone, such as Europe/Berlin")
  .default(DEFAULT_TIME_ZONE);

/** A time of day, `HH:MM`. */
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time as "HH:MM"');

function isTimeZone(name: string): boolean {
  try {
    // EventBridge accepts no offset from UTC, which Intl does
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

const sourceSchema = z.strictObject({
  /** Dumps are named `<dumpName>_YYYYMMDD.sql`, also `.sql.gz` and `.sql.zst`, manifests `<dumpName>_YYYYMMDD.json`. */
  dumpName: z.string().regex(DUMP_NAME, "expected letters, digits, hyphens, underscores"),
  /** Name of the database; the manifest of another database's dump is refused. Default: not checked. */
  database: z.string().min(1).optional(),
  /** Time zone of business dates, of the times below and of all shown times: an IANA name. */
  timeZone: timeZoneSchema,
  /** Time at which the run of the day is requested. */
  schedule: timeOfDay.default("07:00"),
  /** Time by which the run of the day must be complete. */
  deadline: timeOfDay.default(DEFAULT_DEADLINE),
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

/**
 * The date in the name of a dump such as `shop_20260207.sql`: the first eight digits that are a date; undefined if
 * there are none.
 *
 * @param name file name, or key whose folders are ignored
 */
export function dateInName(name: string): BusinessDate | undefined {
  const file = name.slice(name.lastIndexOf("/") + 1);
  const dates = [...file.matchAll(/(?<!\d)(\d{4})(\d{2})(\d{2})/g)].map(
    (digits) => businessDateSchema.safeParse(digits.slice(1).join("-")).data,
  );
  return dates.find((date) => date !== undefined);
}

/** The business date in the key of a manifest; undefined for any other key. */
export function dateOfManifestKey(key: string | undefined): BusinessDate | undefined {
  const name = /^dumps-manifest\/.*(_\d{8}\.json)$/.exec(key ?? "")?.[1];
  return name === undefined ? undefined : dateInName(name);
}
