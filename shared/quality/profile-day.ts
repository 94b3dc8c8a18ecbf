import { createHash } from "node:crypto";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { connect } from "../warehouse/connection/connect.ts";
import type { ProfileStore } from "./profile-store.ts";
import { endOfDay } from "../time/business-day.ts";
import type { ColumnBlanks } from "../loader/index/dump-index.ts";
import { describeTables, type DescribedColumn } from "./describe-tables.ts";
import { PROFILE_VERSION, profileTable } from "./profile-table.ts";
import type { QualityRules } from "./quality-rules.ts";
import type { DayProfile, TableProfile } from "./table-profile.ts";

/** A table of the dump, and the schema with its rows. */
export interface DayTable {
  name: string;
  contentHash: string;
  bytes: number;
  /** The schema; undefined for an empty table that was not created. */
  schema: string | undefined;
  /** Blank values counted while reading the dump, by column name in lower case. */
  blanks: ReadonlyMap<string, ColumnBlanks>;
}

/** Dependencies of `profileDay`. */
export interface ProfilePorts {
  warehouse: WarehouseConfig;
  store: ProfileStore;
  rules: QualityRules;
  signal: AbortSignal;
}

/** Number of connections that profile tables, the same as for loading. */
const CONNECTIONS = 2;

/**
 * Profiles the tables of a run and records the result. Content that was already profiled is not read again, so
 * unchanged tables cost nothing.
 */
export async function profileDay(
  { runId, businessDate, tables }: { runId: string; businessDate: string; tables: readonly DayTable[] },
  { warehouse, store, rules, signal }: ProfilePorts,
): Promise<DayProfile> {
  const recipes = new Map(tables.map(({ name }) => [name, recipeOf(name, rules)]));
  const contents = tables.map(({ name, contentHash }) => ({
    ...{ table: name, contentHash, recipe: recipes.get(name) ?? "" },
  }));
  const profiles = await store.find(contents);
  const todo = tables.filter(({ name }) => !profiles.has(name));
  const dayEnd = endOfDay(businessDate);
  const present = todo.flatMap(({ schema, ...table }) => (schema === undefined ? [] : [{ ...table, schema }]));
  for (const { name, contentHash, schema } of todo) {
    if (schema === undefined) {
      profiles.set(name, { table: name, contentHash, rows: 0, newestChange: null, columns: [] });
    }
  }
  const columns = await describe(warehouse, present);
  // the largest first, so that no connection works on it alone at the end
  const queue = present.toSorted((a, b) => b.bytes - a.bytes);
  const work = async (): Promise<void> => {
    const connection = await connect(warehouse);
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        signal.throwIfAborted();
        const { name: table, contentHash, schema, blanks } = next;
        const described = columns.get(`${schema}.${table}`) ?? [];
        const wanted = {
          schema,
          table,
          contentHash,
          codeColumns: codeColumns(table, rules),
          columns: described,
          blanks,
        };
        profiles.set(table, await profileTable(connection, wanted, dayEnd));
      }
    } finally {
      await connection.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS, present.length) }, work));
  await store.save(
    todo.flatMap(({ name }) =>
      entryOf(profiles, name).map(([, profile]) => ({ ...profile, recipe: recipes.get(name) ?? "" })),
    ),
  );
  await store.recordRun(runId, businessDate, contents);
  return { runId, businessDate, tables: new Map(tables.flatMap(({ name }) => entryOf(profiles, name))) };
}

async function describe(
  warehouse: WarehouseConfig,
  tables: readonly { schema: string; name: string }[],
): Promise<Map<string, DescribedColumn[]>> {
  const connection = await connect(warehouse);
  try {
    return await describeTables(connection, tables);
  } finally {
    await connection.end();
  }
}

function entryOf(profiles: ReadonlyMap<string, TableProfile>, name: string): [string, TableProfile][] {
  const profile = profiles.get(name);
  return profile === undefined ? [] : [[name, profile]];
}

function codeColumns(table: string, { codes }: QualityRules): string[] {
  return codes.filter((code) => code.table === table).map(({ column }) => column);
}

/** Identifies what is counted in a table: a profile with another recipe is not reused. */
function recipeOf(table: string, rules: QualityRules): string {
  const recipe = JSON.stringify([PROFILE_VERSION, codeColumns(table, rules)]);
  return createHash("sha256").update(recipe).digest("hex").slice(0, 16);
}
