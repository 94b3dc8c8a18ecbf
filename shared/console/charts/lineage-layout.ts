import type { LineageNode } from "../data/report.ts";

/** A node with its place: columns from left to right by what depends on what, rows from the top. */
export interface PlacedNode {
  node: LineageNode;
  column: number;
  row: number;
}

/** Sweeps that put nodes beside what they depend on. */
const SWEEPS = 4;

/**
 * Places a graph of models in columns: sources first, each node right of all that it depends on. A circle, which dbt
 * refuses, would be cut where it is first met.
 */
export function layoutLineage(nodes: readonly LineageNode[]): PlacedNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const columns = new Map<string, number>();
  const columnOf = (id: string, path: ReadonlySet<string>): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    const parents = (byId.get(id)?.dependsOn ?? []).filter((parent) => byId.has(parent) && !path.has(parent));
    const column = Math.max(-1, ...parents.map((parent) => columnOf(parent, new Set([...path, id])))) + 1;
    columns.set(id, column);
    return column;
  };
  for (const { id } of nodes) columnOf(id, new Set());

  const inColumns = Map.groupBy(nodes, ({ id }) => columns.get(id) ?? 0);
  const rows = new Map<string, number>();
  for (const column of inColumns.values()) column.forEach(({ id }, index) => rows.set(id, index));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const column of [...inColumns.keys()].sort((a, b) => a - b)) {
      const members = inColumns.get(column) ?? [];
      const weight = new Map(members.map((node) => [node.id, neighbourhood(node, nodes, rows)]));
      members
        .toSorted((a, b) => (weight.get(a.id) ?? 0) - (weight.get(b.id) ?? 0) || a.id.localeCompare(b.id))
        .forEach(({ id }, index) => rows.set(id, index));
    }
  }
  const tallest = Math.max(1, ...[...inColumns.values()].map(({ length }) => length));
  return nodes.map((node) => {
    const column = columns.get(node.id) ?? 0;
    const height = inColumns.get(column)?.length ?? 1;
    // short columns stand spread over the whole height
    return { node, column, row: ((rows.get(node.id) ?? 0) + 0.5) * (tallest / height) - 0.5 };
  });
}

/** Mean row of what a node depends on and of what depends on it; its own row when there is nothing. */
function neighbourhood(node: LineageNode, nodes: readonly LineageNode[], rows: ReadonlyMap<string, number>): number {
  const children = nodes.filter(({ dependsOn }) => dependsOn.includes(node.id)).map(({ id }) => id);
  const near = [...node.dependsOn, ...children].flatMap((id) => rows.get(id) ?? []);
  if (near.length === 0) return rows.get(node.id) ?? 0;
  return near.reduce((sum, row) => sum + row, 0) / near.length;
}
