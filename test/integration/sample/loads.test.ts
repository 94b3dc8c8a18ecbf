import type { RowDataPacket } from "mysql2/promise";
import { generateSample } from "../../../local/sample/sample.ts";
import type { DumpFormat } from "../../../local/sample/render/dump-format.ts";
import { dumpTables } from "../../../local/sample/schema/all-tables.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import { quoteName, quoteTable } from "../../../shared/warehouse/tables/identifier.ts";
import { rowsFromStaging } from "../../oracle/rows-from-staging.ts";
import { sourceDayOf } from "../../oracle/source-day.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { dumpSchema, loadWithClient } from "../../support/stock-client.ts";

const sample = generateSample({ sizeBytes: 5_000_000, seed: 7, date: "2026-02-07" });

describe.each<DumpFormat>(["compact", "full"])("a sample in the %s form", (format) => {
  const warehouse = testWarehouse();
  const database = `${warehouse.prefix}basis`;
  const count = async (sql: string): Promise<number> => {
    const [rows] = await warehouse.pool.query<(RowDataPacket & { n: number })[]>(sql, [database]);
    return rows[0]?.n ?? -1;
  };
  let messages = "";

  beforeAll(async () => {
    // the full form names no database, like a stock dump without -B
    if (format === "full") await warehouse.pool.query(`CREATE DATABASE ${quoteName(database)}`);
    const args = ["--show-warnings", ...(format === "full" ? [database] : [])];
    const output = await loadWithClient(warehouse.config, args, dumpChunks(sample, { format, database }));
    expect(output).toMatchObject({ code: 0 });
    messages = output.stdout.toString() + output.stderr;
  });
  afterAll(() => warehouse.dispose());

  it("loads with the stock client without warnings about rows", () => {
    const complaints = messages.split("\n").filter((line) => /^(ERROR|Warning|Note)/.test(line));

    expect(
      complaints.filter(
        (line) =>
          !/definer .* does not exist|Event scheduler is switched off|\(Code 1681\): Integer display width/.test(line),
      ),
    ).toEqual([]);
  });

  it("creates every table, view, trigger, routine and event", async () => {
    const tables = "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = ? AND table_type";

    expect(await count(`${tables} = 'BASE TABLE'`)).toBe(dumpTables.length);
    expect(await count(`${tables} = 'VIEW'`)).toBe(3);
    expect(await count("SELECT COUNT(*) AS n FROM information_schema.triggers WHERE trigger_schema = ?")).toBe(2);
    expect(await count("SELECT COUNT(*) AS n FROM information_schema.routines WHERE routine_schema = ?")).toBe(2);
    expect(await count("SELECT COUNT(*) AS n FROM information_schema.events WHERE event_schema = ?")).toBe(1);
  });

  it("has the generated rows, table by table", async () => {
    const loaded: Record<string, number> = {};
    const generated: Record<string, number> = {};
    for (const { table, rows } of sample.contents) {
      generated[table.name] = [...rows()].length;
      loaded[table.name] = await count(`SELECT COUNT(*) AS n FROM ${quoteTable(database, table.name)}`);
    }

    expect(loaded).toEqual(generated);
  });

  it("has the core tables' rows of the sample", async () => {
    const back = await rowsFromStaging(warehouse.pool, database, sample.businessDate);

    const told = sourceDayOf(sample);
    for (const table of ["apartments", "rooms", "tenants", "movings", "inquiries", "nationalities"] as const) {
      const columns = Object.keys(back[table][0] ?? {});
      const pick = (row: object): unknown =>
        Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name)));
      const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
      expect(back[table].toSorted(byId)).toEqual([...told[table]].map(pick));
    }
  });

  it.each(["tenants", "movings", "apartments", "tenant_histories", "reports", "Costs_items", "pl_actuals_annual"])(
    "has %s exactly as the stock dump program writes it",
    async (table) => {
      const insert = `INSERT INTO ${quoteName(table)} VALUES `;
      const args = ["--compact", "--skip-triggers", "--no-create-info", "--skip-extended-insert", database, table];
      const dump = await dumpSchema(warehouse.config, args);

      const theirs = rowsIn(dump.toString("latin1"), insert);
      const ours = rowsIn(Buffer.concat([...dumpChunks(sample, { format, database })]).toString("latin1"), insert);
      // MariaDB's program omits the introducer of MySQL's, which also writes a backslash before bytes that are no UTF-8
      const plain = (rows: string): string =>
        rows.replaceAll("_binary '", "'").replaceAll(/\\([^])/g, (pair, byte: string) => (byte > "\x7f" ? byte : pair));
      expect(plain(ours)).toBe(plain(theirs));
    },
  );
});

/** The rows of a dump's INSERTs for one table, however they are distributed over statements. */
function rowsIn(dump: string, insert: string): string {
  return dump
    .split("\n")
    .filter((line) => line.startsWith(insert))
    .map((line) => line.slice(insert.length, -1))
    .join(",");
}
