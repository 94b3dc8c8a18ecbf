import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { parseLayerTable, type LayerRow } from "../shared/config/layer-table.ts";

export type { LayerRow } from "../shared/config/layer-table.ts";

/**
 * Reads the layer table of `serverless.yml`.
 *
 * @param root folder of serverless.yml
 * @throws PermanentError LAYER_TABLE_INVALID naming the row and the field
 */
export async function readLayerTable(root: string = join(import.meta.dirname, "..")): Promise<LayerRow[]> {
  // osls validates everything in the file except the layer table
  const file = parse(await readFile(join(root, "serverless.yml"), "utf8")) as { custom?: { layers?: unknown } } | null;
  return parseLayerTable(file?.custom?.layers);
}
