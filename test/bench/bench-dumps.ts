import { join } from "node:path";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import type { DumpIndex } from "../../shared/loader/index/dump-index.ts";
import { scanDump, type DumpScan } from "./bench-scan.ts";

/** A sample dump, and a version of it with some tables changed. */
export interface BenchDumps {
  file: string;
  bytes: number;
  rows: number;
  tables: number;
  scan: DumpScan;
  changed: {
    file: string;
    /** Names of the changed tables: the largest table and five small ones. */
    tables: readonly string[];
    /** Bytes of the rows of these tables. */
    bytes: number;
  };
}

const SEED = 7;
const DATE = "2026-02-07";
const SMALL_TABLES = 5;

/** Writes a sample as `mysqldump` writes it by default. */
export async function writeDump(folder: string, sizeBytes: number): Promise<{ file: string; bytes: number }> {
  const file = join(folder, `bench-${sizeBytes}.sql`);
  const { bytes } = await writeSample(generateSample({ sizeBytes, seed: SEED, date: DATE }), { file, format: "full" });
  return { file, bytes };
}

/** Writes a sample, reads its index, and writes it again without the last row of some tables. */
export async function writeDumps(folder: string, sizeBytes: number, repeat: number): Promise<BenchDumps> {
  const { file, bytes } = await writeDump(folder, sizeBytes);
  const { scan, index } = await scanDump(file, repeat);
  const chosen = chooseTables(index);
  const changedFile = join(folder, `bench-${sizeBytes}-changed.sql`);
  await writeSample(generateSample({ sizeBytes, seed: SEED, date: DATE }), {
    file: changedFile,
    format: "full",
    faults: chosen.map(({ name, rows }) => ({ kind: "keepRows" as const, table: name, rows: rows - 1 })),
  });
  const tables = index.tables.filter((table) => table.rows > 0).length;
  const changedBytes = chosen.reduce((sum, table) => sum + table.bytes, 0);
  const changed = { file: changedFile, tables: chosen.map(({ name }) => name), bytes: changedBytes };
  return { file, bytes, rows: index.rows, tables, scan, changed };
}

/** The largest table, and the smallest tables with at least two rows. */
function chooseTables(index: DumpIndex): { name: string; rows: number; bytes: number }[] {
  const bySize = index.tables.filter(({ rows }) => rows > 1).toSorted((one, other) => other.bytes - one.bytes);
  return [...bySize.slice(0, 1), ...bySize.slice(1).slice(-SMALL_TABLES)];
}
