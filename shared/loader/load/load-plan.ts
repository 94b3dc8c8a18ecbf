import { PermanentError } from "../../errors/errors.ts";
import type { DumpIndex, IndexedTable } from "../index/dump-index.ts";
import type { TableRecord } from "./table-records.ts";

/** The decision for a table of the dump. */
export type TableDecision =
  /** Load its rows into `next`. */
  | { table: IndexedTable; decision: "load" }
  /** Already complete in `next`, from an earlier attempt. */
  | { table: IndexedTable; decision: "loaded-before"; record: TableRecord }
  /** The live table has the content of the dump. */
  | { table: IndexedTable; decision: "keep"; record: TableRecord }
  /** Has no rows, but is created anyway. */
  | { table: IndexedTable; decision: "make-empty" }
  /** Has no rows, and is left out. */
  | { table: IndexedTable; decision: "drop" };

interface PlanInput {
  index: DumpIndex;
  /** Live tables that match their record, by name. */
  live: ReadonlyMap<string, TableRecord>;
  /** Complete tables in `next` that match their record, by name. */
  next: ReadonlyMap<string, TableRecord>;
  /** Names of tables that are created even when they are empty; `*` for all. */
  preserveEmpty: readonly string[];
}

/**
 * Decides for each table whether to load it, keep the live one or leave it out.
 *
 * Tables connected by foreign keys are kept or loaded together, because a rename changes the references of a kept
 * table.
 */
export function planLoad({ index, live, next, preserveEmpty }: PlanInput): TableDecision[] {
  const groups = foreignKeyGroups(index.tables);
  const isUnchanged = (table: IndexedTable): boolean => live.get(table.name)?.contentHash === table.contentHash;
  const keepable = new Set(
    index.tables.filter((table) => (groups.get(table.name) ?? [table]).every(isUnchanged)).map(({ name }) => name),
  );
  const preserved = new Set(preserveEmpty);
  const wanted = withParents(
    index.tables.filter(({ name, rows }) => rows > 0 || preserved.has("*") || preserved.has(name)),
    new Map(index.tables.map((table) => [table.name, table])),
  );
  return index.tables.map((table): TableDecision => {
    if (!wanted.has(table.name)) return { table, decision: "drop" };
    const kept = live.get(table.name);
    if (keepable.has(table.name) && kept !== undefined) return { table, decision: "keep", record: kept };
    const record = next.get(table.name);
    if (record?.contentHash === table.contentHash) return { table, decision: "loaded-before", record };
    return { table, decision: table.rows > 0 ? "load" : "make-empty" };
  });
}

/** Tables that a message names. */
const MAX_NAMED = 20;

/**
 * The index with only the named tables and those that foreign keys connect with them.
 *
 * @throws PermanentError LOAD_TABLE_UNKNOWN for a name that the dump does not have
 */
export function withOnly(index: DumpIndex, names: readonly string[]): DumpIndex {
  const groups = foreignKeyGroups(index.tables);
  const unknown = names.filter((name) => !groups.has(name));
  if (unknown.length > 0) {
    const all = index.tables.map(({ name }) => name);
    const more = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : "";
    const has = all.slice(0, MAX_NAMED).join(", ") + more;
    throw new PermanentError("LOAD_TABLE_UNKNOWN", `the dump does not have ${unknown.join(", ")}; it has ${has}`, {
      kind: "input",
      advice: "Pass names of tables as the dump writes them, separated by commas.",
    });
  }
  const chosen = new Set(names.flatMap((name) => groups.get(name) ?? []));
  const tables = index.tables.filter((table) => chosen.has(table));
  const sum = (of: "rows" | "bytes"): number => tables.reduce((total, table) => total + table[of], 0);
  return { ...index, tables, rows: sum("rows"), bytes: sum("bytes") };
}

/** Names of the tables, and of all tables that their foreign keys reference, directly or indirectly. */
function withParents(tables: readonly IndexedTable[], all: ReadonlyMap<string, IndexedTable>): Set<string> {
  const found = new Set<string>();
  const open = [...tables];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    if (found.has(table.name)) continue;
    found.add(table.name);
    open.push(...table.definition.foreignKeys.flatMap((key) => all.get(parentOf(key)) ?? []));
  }
  return found;
}

function parentOf(key: { references: { table: string } }): string {
  return key.references.table;
}

/** Groups of tables connected by foreign keys, by the name of each table. */
function foreignKeyGroups(tables: readonly IndexedTable[]): Map<string, IndexedTable[]> {
  const groups = new Map(tables.map((table) => [table.name, [table]]));
  for (const table of tables) {
    for (const parent of table.definition.foreignKeys.map(parentOf)) {
      const mine = groups.get(table.name);
      const theirs = groups.get(parent);
      if (mine === undefined || theirs === undefined || mine === theirs) continue;
      mine.push(...theirs);
      for (const { name } of theirs) groups.set(name, mine);
    }
  }
  return groups;
}
