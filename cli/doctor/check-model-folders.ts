import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readLayerTable } from "../../local/layer-table.ts";
import { ok, warning, type Check } from "./check.ts";

/** Finds folders of models that no layer builds, because the layer table does not name them. */
export async function checkModelFolders(checkout: string): Promise<Check[]> {
  const layers = await readLayerTable(checkout);
  const names = new Set(layers.flatMap(({ name, alsoBuilds }) => [name, ...alsoBuilds]));
  const files = await readdir(join(checkout, "dbt/models"), { recursive: true }).catch(() => []);
  const folders = files.flatMap((file) => /^([^/]+)\/.*\.sql$/.exec(file)?.[1] ?? []);
  const [first, ...others] = [...new Set(folders)].filter((folder) => !names.has(folder)).sort();
  if (first === undefined) return [ok("model folders", "each is a layer")];
  return [
    warning(
      "model folders",
      `no layer builds the models in ${[first, ...others].map((folder) => `dbt/models/${folder}`).join(", ")}`,
      `Add "- name: ${first}" to custom.layers in serverless.yml and deploy, or move the models to the folder of a layer`,
    ),
  ];
}
