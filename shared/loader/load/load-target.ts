import type { DumpSource } from "../source/dump-source.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { TableRecords } from "./table-records.ts";

/** Settings shared by all tables of a load. */
export interface LoadTarget {
  source: DumpSource;
  /** The schema to load into. */
  schema: string;
  /** Default collation of that schema. */
  schemaCollation: string;
  /** Database that the dump names. */
  database: string | undefined;
  server: ServerFacts;
  records: TableRecords;
  /** Tables of the schema that an earlier attempt left. */
  started: ReadonlySet<string>;
  signal: AbortSignal;
  /** Receives the number of bytes of the dump sent to the server. */
  onBytes: (bytes: number) => void;
}
