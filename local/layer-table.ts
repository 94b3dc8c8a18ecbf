import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { layerNameSchema } from "../events/ids.ts";

const table = z.object({
  custom: z.object({
    layers: z
      .array(
        z.looseObject({
          name: layerNameSchema,
          listensTo: layerNameSchema.optional(),
          memoryMb: z.number(),
          storageMb: z.number(),
        }),
      )
      .min(1),
  }),
});

/** A row of the layer table, as far as the operator's command needs it. */
export type LayerRow = z.infer<typeof table>["custom"]["layers"][number];

/** Reads the layer table of `serverless.yml`, in its order. */
export async function readLayerTable(root: string = join(import.meta.dirname, "..")): Promise<LayerRow[]> {
  return table.parse(parse(await readFile(join(root, "serverless.yml"), "utf8"))).custom.layers;
}
