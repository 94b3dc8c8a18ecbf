import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "./identifier.ts";

/** A view: the SELECT that it stands for, every table with its schema. */
export interface ViewDefinition {
  schema: string;
  name: string;
  select: string;
}

/** A string literal, or a schema before its dot: only the latter is a reference. */
const SCHEMA_REFERENCE = /'(?:[^'\\]|\\.|'')*'|`((?:[^`]|``)+)`\./gs;
/** A table or view that the view reads does not exist. */
const MISSING_TABLE = 1146;

/** Reads the definitions of a schema's views, by name. */
export async function readViews(connection: Connection, schema: string): Promise<Map<string, string>> {
  const [rows] = await connection.query<(RowDataPacket & { name: string; body: string })[]>(
    "SELECT table_name AS name, view_definition AS body FROM information_schema.views WHERE table_schema = ?",
    [schema],
  );
  return new Map(rows.map(({ name, body }) => [name, body]));
}

/** The definition with the tables of some schemas replaced by the tables of the same names in others. */
export function withSchemas(select: string, renamed: ReadonlyMap<string, string>): string {
  return select.replaceAll(SCHEMA_REFERENCE, (text: string, schema: string | undefined) => {
    const other = schema === undefined ? undefined : renamed.get(schema.replaceAll("``", "`"));
    return other === undefined ? text : `${quoteName(other)}.`;
  });
}

/** Creates or replaces views in an order in which each finds the views that it reads. */
export async function createViews(connection: Connection, views: readonly ViewDefinition[]): Promise<void> {
  let left = views;
  while (left.length > 0) {
    const waiting: ViewDefinition[] = [];
    let missing: unknown;
    for (const view of left) {
      try {
        await connection.query(`CREATE OR REPLACE VIEW ${quoteTable(view.schema, view.name)} AS ${view.select}`);
      } catch (error) {
        if (!(error instanceof Error && "errno" in error && error.errno === MISSING_TABLE)) throw error;
        missing = error;
        waiting.push(view);
      }
    }
    if (waiting.length === left.length) throw missing;
    left = waiting;
  }
}
