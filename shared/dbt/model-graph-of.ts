import type { GraphNode } from "../ledger/records/model-graph.ts";
import type { DbtManifest } from "./dbt-artifacts.ts";

const KINDS: readonly string[] = ["model", "seed", "source"];

/** dbt's unique ids are `kind.project.name`, of sources `source.project.source.table`. */
function partsOf(uniqueId: string): { kind: string; name: string; schema: string } {
  const [kind = "", , ...rest] = uniqueId.split(".");
  return { kind, name: rest.at(-1) ?? "", schema: kind === "source" ? (rest[0] ?? "") : "" };
}

/** The graph of models, seeds and the sources they read, by dbt's manifest; tests and hooks are left out. */
export function modelGraphOf(manifest: DbtManifest): GraphNode[] {
  const built = Object.values(manifest.nodes).filter(({ resource_type }) => KINDS.includes(resource_type));
  const idOf = (uniqueId: string): string => {
    const { kind, name, schema } = partsOf(uniqueId);
    if (kind === "source") return `${schema}.${name}`;
    return `${layerOf(manifest, uniqueId)}.${name}`;
  };
  const isShown = (uniqueId: string): boolean => KINDS.includes(partsOf(uniqueId).kind);
  const sources = [...new Set(built.flatMap((node) => node.depends_on.nodes))]
    .filter((uniqueId) => partsOf(uniqueId).kind === "source")
    .map((uniqueId): GraphNode => {
      const { name, schema } = partsOf(uniqueId);
      return { id: idOf(uniqueId), name, kind: "source", layer: schema, dependsOn: [] };
    });
  const nodes = built.map((node): GraphNode => {
    const layer = layerOf(manifest, node.unique_id);
    return {
      id: `${layer}.${node.name}`,
      name: node.name,
      kind: node.resource_type === "seed" ? "seed" : "model",
      layer,
      dependsOn: [...new Set(node.depends_on.nodes.filter(isShown).map(idOf))].sort(),
    };
  });
  return [...sources, ...nodes].sort((a, b) => a.id.localeCompare(b.id));
}

/** Models stand under their layer's tag, seeds under their schema's name. */
function layerOf(manifest: DbtManifest, uniqueId: string): string {
  const node = manifest.nodes[uniqueId];
  if (node === undefined) return "unknown";
  return node.resource_type === "seed" ? "seeds" : (node.tags[0] ?? "models");
}
