import { isDeepStrictEqual } from "node:util";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool, RowDataPacket } from "mysql2/promise";
import { chosenEngine, type Engine } from "../../local/engine.ts";
import { Random } from "../../local/sample/random.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { loadAndPublish } from "../../shared/loader/load-and-publish.ts";
import { quoteName, quoteTable } from "../../shared/warehouse/tables/identifier.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { schemaState } from "../integration/loader/support/schema-state.ts";
import { dumpSchema, inSession, loadWithClient } from "../support/stock-client.ts";
import { randomSchema } from "./random-schema.ts";

/** Options of the dump programs that change what a dump looks like, but not what it holds. */
const OPTIONS: Readonly<Record<"both" | Engine, readonly string[]>> = {
  both: [
    ...["--skip-extended-insert", "--complete-insert", "--hex-blob", "--insert-ignore", "--replace", "--no-autocommit"],
    ...["--skip-tz-utc", "--order-by-primary", "--skip-comments", "--compact", "--skip-opt", "--net-buffer-length=4096"],
    ...["--single-transaction", "--skip-add-locks", "--skip-disable-keys", "--skip-add-drop-table", "--skip-triggers"],
    ...["--routines", "--events", "--skip-dump-date", "--skip-quick", "--allow-keywords", "--skip-set-charset"],
    ...["--skip-create-options", "--force", "--add-drop-trigger"],
    ...["--default-character-set=utf8mb3", "--flush-privileges"],
  ],
  mariadb: ["--skip-no-data-med", "--order-by-size", "--copy-s3-tables"],
  mysql: ["--set-gtid-purged=OFF", "--no-tablespaces", "--skip-column-statistics", "--skip-generated-invisible-primary-key"],
}; // prettier-ignore

/** The result of one seed: `unequal` says in what Baton and the stock client differ. */
export type FuzzResult =
  | { is: "equal"; tables: number; rows: number }
  /** The stock client does not load the dump without an error either. */
  | { is: "skipped"; reason: string }
  | { is: "unequal"; difference: string; dump: string };

/**
 * Creates random tables and rows, dumps them with random options of the real dump program, and loads the dump with the
 * stock client and with Baton. The same seed gives the same dump.
 *
 * @param prefix of the schemas, which are dropped afterwards
 * @param folder for the dump; that of an unequal load remains
 */
export async function fuzzDump(
  { config, pool }: { config: WarehouseConfig; pool: Pool },
  { seed, prefix, folder }: { seed: number; prefix: string; folder: string },
): Promise<FuzzResult> {
  const random = new Random(seed);
  const engine = chosenEngine();
  const [source, stock, mine] = ["source", "stock", "mine"].map((name) => `${prefix}${name}`) as [
    string,
    string,
    string,
  ];
  const schemas = { live: mine, next: `${mine}_next`, backup: `${mine}_backup` };
  const location = join(folder, `fuzz-${engine}-${seed}.sql`);
  try {
    for (const schema of [source, stock, mine]) {
      await pool.query(`CREATE DATABASE ${schema} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    }
    await fill(config, source, randomSchema(random, engine));
    const options = [...OPTIONS.both, ...OPTIONS[engine]].filter(() => random.chance(0.2));
    const dump = await dumpSchema(config, [...options, source]);
    await mkdir(folder, { recursive: true });
    await writeFile(location, dump);
    const isBare = options.includes("--compact") || options.includes("--skip-set-charset");
    const client = await loadWithClient(config, [stock], isBare ? inSession(dump) : dump);
    if (client.code !== 0) return { is: "skipped", reason: client.stderr };
    const failure = await loadAndPublish({ location, warehouse: config, schemas, preserveEmpty: ["*"], verify: "rows" })
      .then(() => undefined)
      .catch((error: unknown) => String(error));
    const [expected, found] = [await stateWithRows(pool, stock), await stateWithRows(pool, mine)];
    if (failure === undefined && isDeepStrictEqual(found, expected)) {
      const rows = Object.values(expected).reduce((sum, table) => sum + table.rows, 0);
      return { is: "equal", tables: Object.keys(expected).length, rows };
    }
    const unequal = Object.keys({ ...expected, ...found }).filter(
      (name) => !isDeepStrictEqual(expected[name], found[name]),
    );
    const both = unequal.map((name) => ({ name, client: expected[name], baton: found[name] }));
    const difference = failure ?? JSON.stringify(both, undefined, 2);
    return { is: "unequal", difference: `options ${options.join(" ")}: ${difference}`, dump: location };
  } finally {
    for (const schema of [source, stock, ...Object.values(schemas)]) {
      await pool.query(`DROP DATABASE IF EXISTS ${schema}`);
    }
  }
}

interface TableRows {
  definition: string;
  rows: number;
  /** Bytes of all values, hex. */
  values: readonly string[];
}

/** The tables with all their rows: a checksum also covers bytes of CHAR columns that hold NULL. */
async function stateWithRows(pool: Pool, schema: string): Promise<Record<string, TableRows>> {
  const state: Record<string, TableRows> = {};
  for (const [name, { definition, rows }] of Object.entries(await schemaState(pool, schema))) {
    const table = quoteTable(schema, name);
    const [columns] = await pool.query<(RowDataPacket & { Field: string })[]>(`SHOW COLUMNS FROM ${table}`);
    const values = columns.map(({ Field }) => `IFNULL(HEX(CAST(${quoteName(Field)} AS BINARY)), 'NULL')`);
    const [found] = await pool.query<(RowDataPacket & { row: string })[]>(
      `SELECT CONCAT_WS(',', ${values.join(", ")}) AS \`row\` FROM ${table} ORDER BY 1`,
    );
    state[name] = { definition, rows, values: found.map(({ row }) => row) };
  }
  return state;
}

async function fill(config: WarehouseConfig, schema: string, statements: readonly string[]): Promise<void> {
  const connection = await connect({ ...config, defaultSchema: schema });
  try {
    await connection.query("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00'");
    // a random statement may be invalid on this server
    for (const statement of statements) await connection.query(statement).catch(() => undefined);
  } finally {
    await connection.end();
  }
}
