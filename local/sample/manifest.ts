import { dayOf, localIso, atLocal } from "./calendar.ts";

/** Tables whose greatest updated_at is in the manifest. */
export const WATCHED_TABLES = ["movings", "tenants", "rooms", "inquiries", "apartments"] as const;
export type WatchedTable = (typeof WATCHED_TABLES)[number];

/** The manifest that the source's dump script writes beside a dump. */
export interface SampleManifest {
  run_id: string;
  generated_at: string;
  /** YYYYMMDD */
  dump_date: string;
  dump_key: string;
  dump_sha256: string;
  dump_size_bytes: number;
  source_host: string;
  source_database: string;
  source_port: number;
  source_valid: boolean;
  valid_for_etl: boolean;
  max_updated_at_by_table: Record<WatchedTable, string | null>;
  source_table_max_updated_at: Record<WatchedTable, string | null>;
  /** Only for invalid dumps. */
  reason?: string;
}

/** Name of the dumped database where `custom.source` in `serverless.yml` names none. */
export const SOURCE_DATABASE = "basis";
const DUMP_NAME = "gghouse";

/** Host of the dumped database, which is in the manifest and in the head of the dump. */
export function hostOf(database: string): string {
  return `${database}-db.example`;
}

/** A dump that starts at 05:30 is complete about 15 minutes later. */
export function completedAt(businessDate: string): string {
  return localIso(atLocal(dayOf(businessDate), 5 * 3_600 + 44 * 60 + 31));
}

/** Values for a manifest. */
interface ManifestFacts {
  businessDate: string;
  sha256: string;
  bytes: number;
  isGzip: boolean;
  /** Name of the dumps in the bucket, without date; default `gghouse`. */
  dumpName?: string;
  /** Name of the dumped database; default `basis`. */
  database?: string;
  seed: number;
  /** UTC, `YYYY-MM-DD HH:MM:SS` */
  maxUpdatedAt: Readonly<Partial<Record<WatchedTable, string>>>;
}

/** The manifest of a dump, as the source's dump script writes it. */
export function buildManifest(facts: ManifestFacts): SampleManifest {
  const compactDate = facts.businessDate.replaceAll("-", "");
  const inLocalTime = (table: WatchedTable): string | null => {
    const utc = facts.maxUpdatedAt[table];
    return utc === undefined ? null : localIso(Date.parse(`${utc.replace(" ", "T")}Z`) / 1_000);
  };
  const freshness = {
    movings: inLocalTime("movings"),
    tenants: inLocalTime("tenants"),
    rooms: inLocalTime("rooms"),
    inquiries: inLocalTime("inquiries"),
    apartments: inLocalTime("apartments"),
  };
  const { dumpName = DUMP_NAME, database = SOURCE_DATABASE } = facts;
  return {
    run_id: `${compactDate}-${10_000 + ((facts.seed * 7 + dayOf(facts.businessDate)) % 20_000)}`,
    generated_at: completedAt(facts.businessDate),
    dump_date: compactDate,
    dump_key: `dumps/${dumpName}_${compactDate}.sql${facts.isGzip ? ".gz" : ""}`,
    dump_sha256: facts.sha256,
    dump_size_bytes: facts.bytes,
    source_host: hostOf(database),
    source_database: database,
    source_port: 3306,
    source_valid: true,
    valid_for_etl: true,
    max_updated_at_by_table: freshness,
    source_table_max_updated_at: freshness,
  };
}
