import type { Connection, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import { BatonError } from "../errors/errors.ts";
import { LoadSession } from "../loader/load/load-session.ts";
import { grantsOfMove, grantsOfSwitch } from "../warehouse/users/grants.ts";
import { formatBytes } from "../text/format.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { listSessions } from "../warehouse/connection/list-sessions.ts";
import { readTables, targetCollation } from "./copy-schema.ts";
import { judgeSides, readSides, type CopySides } from "./copy-sides.ts";
import { readMissingRights } from "./missing-rights.ts";
import { planTable } from "./copy-table.ts";

/** A table that a copy would read. */
interface PlannedTable {
  schema: string;
  name: string;
  /** Estimates of the server. */
  rows: number;
  bytes: number;
}

/** What a copy would do, and what prevents it. Nothing was written. */
export interface CopyPlan {
  from: { server: string; version: string };
  to: { server: string; version: string };
  tables: readonly PlannedTable[];
  rows: number;
  bytes: number;
  /** If no table is on the target yet. */
  estimatedSeconds: number;
  /** A copy would be refused. */
  obstacles: readonly { code: string; message: string }[];
  /** What an operator should know before the copy. */
  notes: readonly string[];
}

interface PlanOptions {
  from: WarehouseConfig;
  to: WarehouseConfig;
  /** Live schemas. */
  schemas: readonly string[];
}

/** Rate between two servers on one machine with two cores (docs/benchmarks.md); a network is often slower. */
const BYTES_PER_SECOND = 25e6;

/** Reads what a copy from one server to another would do. */
export async function planCopy({ from, to, schemas }: PlanOptions): Promise<CopyPlan> {
  const source = await connect(from);
  const target = await connect(to);
  const reader = await LoadSession.open(from);
  const session = await LoadSession.open(to);
  try {
    const sides = await readSides({ from, to, source, target, session });
    const rights = await missingRights({ source, target }, schemas);
    const obstacles = [...rights, ...judgeSides(sides).map(({ code, message }) => ({ code, message }))];
    const replaced = new Map<string, string>();
    const tables: PlannedTable[] = [];
    for (const schema of schemas) {
      const schemaCollation = await targetCollation(source, schema, sides.server);
      for (const table of await readTables({ source }, reader, schema)) {
        const { table: name, rows, bytes } = table.shape;
        tables.push({ schema, name, rows, bytes });
        try {
          const { plan } = planTable(table, { server: sides.server, next: `${schema}_next`, schemaCollation });
          for (const [missing, used] of plan.replaced) replaced.set(missing, used);
        } catch (error) {
          if (!(error instanceof BatonError)) throw error;
          obstacles.push({ code: error.code, message: error.message });
        }
      }
    }
    const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
    const versionOf = async (connection: Connection): Promise<string> =>
      String((await valueOf(connection, "VERSION()")) ?? "");
    return {
      from: { server: sides.source.server.name, version: await versionOf(source) },
      to: { server: sides.target.server.name, version: await versionOf(target) },
      tables,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      bytes,
      estimatedSeconds: Math.ceil(bytes / BYTES_PER_SECOND),
      obstacles,
      notes: [
        ...(await notesOf({ source, target, from, schemas, sides })),
        `a server does not show how much disk space is free: the target needs ${formatBytes(bytes)} for rows, more for keys, ` +
          "and the same again for tables that a later copy replaces",
        ...[...replaced].map(([missing, used]) => `the target lacks the collation ${missing}; it would use ${used}`),
      ],
    };
  } finally {
    reader.destroy();
    await session.end();
    await endConnection(source);
    await endConnection(target);
  }
}

/** Rights that a copy needs and the users lack. A user sees no schema to which it has no right. */
async function missingRights(
  sides: { source: Connection; target: Connection },
  schemas: readonly string[],
): Promise<CopyPlan["obstacles"]> {
  const found: { code: string; message: string }[] = [];
  for (const side of ["source", "target"] as const) {
    for (const grant of await readMissingRights(sides[side], (names) => grantsOfMove(side, schemas, names))) {
      found.push({ code: "COPY_RIGHT_MISSING", message: `the user of the ${side} needs: ${grant};` });
    }
  }
  return found;
}

async function switchRights(source: Connection, { schemaPrefix }: WarehouseConfig): Promise<string[]> {
  const grants = await readMissingRights(source, (names) => grantsOfSwitch(ledgerSchemaOf(schemaPrefix), names));
  return grants.map((grant) => `for \`switch\` and \`back\`, the user of the source also needs: ${grant};`);
}

/** What a database can hold and Baton does not create. */
async function notCopied(source: Connection, schemas: readonly string[]): Promise<string[]> {
  if (schemas.length === 0) return [];
  const [rows] = await source.query<(RowDataPacket & { name: string })[]>(
    `SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name) AS name FROM information_schema.triggers WHERE trigger_schema IN (?)
      UNION SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) FROM information_schema.routines WHERE routine_schema IN (?)
      UNION SELECT CONCAT('event ', event_schema, '.', event_name) FROM information_schema.events WHERE event_schema IN (?)
      UNION SELECT CONCAT('sequence ', table_schema, '.', table_name) FROM information_schema.tables
        WHERE table_schema IN (?) AND table_type = 'SEQUENCE'`,
    [schemas, schemas, schemas, schemas],
  );
  return rows.map(({ name }) => `not copied: ${name}`);
}

interface NotedSides {
  source: Connection;
  target: Connection;
  from: WarehouseConfig;
  schemas: readonly string[];
  sides: CopySides;
}

async function notesOf({ source, target, from, schemas, sides }: NotedSides): Promise<string[]> {
  const own = (await listSessions(source)).find(({ id }) => id === source.threadId);
  const others = new Set((await listSessions(source)).filter(({ user }) => user !== own?.user).map(({ user }) => user));
  others.delete("event_scheduler");
  others.delete("system user");
  return [
    ...(await differingSetting("lower_case_table_names", source, target)),
    // it changes what other clients may write and how they read some texts
    ...(await differingSetting("sql_mode", source, target, "; Baton sets its own, other clients use the server's")),
    ...(sides.source.row === undefined ? [] : await activeRuns(source, ledgerSchemaOf(from.schemaPrefix))),
    ...(others.size === 0 ? [] : [`other users are connected to the source: ${[...others].join(", ")}`]),
    ...(await switchRights(source, from)),
    ...(await notCopied(source, schemas)),
  ];
}

async function differingSetting(name: string, source: Connection, target: Connection, what = ""): Promise<string[]> {
  const [mine, theirs] = [await valueOf(source, `@@GLOBAL.${name}`), await valueOf(target, `@@GLOBAL.${name}`)];
  return mine === theirs ? [] : [`${name} is ${mine} on the source and ${theirs} on the target${what}`];
}

async function activeRuns(source: Connection, ledger: string): Promise<string[]> {
  const [rows] = await source.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM ??.run WHERE state = 'running'",
    [ledger],
  );
  return rows.map(({ run_id }) => `run ${run_id} is active: tables that it publishes are copied again`);
}

async function valueOf(connection: Connection, expression: string): Promise<string | number | undefined> {
  const [[row]] = await connection.query<(RowDataPacket & { value: string | number })[]>(
    `SELECT ${expression} AS value`,
  );
  return row?.value;
}
