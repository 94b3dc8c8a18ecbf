import type { WarehouseConfig } from "../config/warehouse-config.ts";
import type { IndexedTable } from "./dump-index.ts";
import type { DumpSource } from "./dump-source.ts";
import type { ServerFacts } from "./server-facts.ts";
interface VerifyOptions {
  source: DumpSource;
  server: ServerFacts;
  schema: string;
  warehouse: WarehouseConfig;
  signal: AbortSignal;
}
export async function verifyTables(_tables: readonly IndexedTable[], _options: VerifyOptions): Promise<void> {
  await Promise.resolve();
}
