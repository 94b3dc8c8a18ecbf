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
