import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../shared/config/checkout.ts";
import { parseLayerTable, type LayerRow } from "../shared/config/layer-table.ts";
import { parseSource, type Source } from "../shared/config/source.ts";

export type { LayerRow } from "../shared/config/layer-table.ts";

/**
 * Reads the layer table of `serverless.yml`.
 *
 * @param root folder of serverless.yml
 * @throws PermanentError LAYER_TABLE_INVALID naming the row and the field
 */
export async function readLayerTable(root: string = projectRoot): Promise<LayerRow[]> {
  return parseLayerTable((await readCustom(root)).layers);
}

/**
 * Reads the source system of `serverless.yml`.
 *
 * @throws PermanentError CONFIG_INVALID naming the field
 */
export async function readSource(): Promise<Source> {
  return parseSource((await readCustom(projectRoot)).source);
}

/** Reads the options of serverless-esbuild in `serverless.yml`, which osls passes on unchecked. */
export async function readBundling(): Promise<Readonly<Record<string, unknown>>> {
  return (await readCustom(projectRoot)).esbuild ?? {};
}

interface Custom {
  layers?: unknown;
  source?: unknown;
  esbuild?: Readonly<Record<string, unknown>>;
}

async function readCustom(root: string): Promise<Custom> {
  // osls validates the rest of the file
  const file = parse(await readFile(join(root, "serverless.yml"), "utf8")) as { custom?: Custom } | null;
  return file?.custom ?? {};
}
