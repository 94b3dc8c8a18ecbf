import type { DbtManifest, DbtNode } from "./dbt-artifacts.ts";

/** Column names that dbt's own tests use for the values of the tested column. */
const TESTED_VALUES = ["unique_field", "value_field"];

/**
 * Chooses the columns of a test's result that may be shown: described columns of the tables that the test reads, the
 * tested column's values, and numbers that the test computes. Columns that any table marks as `personal` are never
 * shown, nor are undescribed texts. `meta.personal` in the YAML of sources and models is the only list of personal
 * columns.
 *
 * @param columns columns of the test's result
 * @returns names, in the order of the result
 */
export function shownColumns(
  manifest: DbtManifest,
  test: DbtNode,
  columns: readonly { name: string; isNumber: boolean }[],
): string[] {
  const tables = { ...manifest.nodes, ...manifest.sources };
  const personal = personalColumns(manifest);
  const described = new Set(
    test.depends_on.nodes.flatMap((id) => Object.values(tables[id]?.columns ?? {}).map(({ name }) => name)),
  );
  const tested = test.column_name ?? undefined;
  const isTestedShown = tested !== undefined && described.has(tested) && !personal.has(tested);
  return columns
    .filter(({ name, isNumber }) => {
      if (TESTED_VALUES.includes(name)) return isTestedShown;
      if (personal.has(name)) return false;
      return described.has(name) || isNumber;
    })
    .map(({ name }) => name);
}

/** Names of the columns that any table marks as personal. */
export function personalColumns(manifest: DbtManifest): Set<string> {
  return new Set(
    Object.values({ ...manifest.nodes, ...manifest.sources }).flatMap((table) =>
      Object.values(table.columns).flatMap(({ name, config }) => (config.meta.personal ? [name] : [])),
    ),
  );
}
