import { layerEnvironmentSchema, parseEnvironment } from "../../shared/config/function-config.ts";
import { layerHandler } from "../../shared/runtime/layer-handler.ts";
import { dbtLayer } from "./dbt-layer.ts";

/** The function of every dbt layer; its environment contains its row of the layer table. */
export const handler = layerHandler(
  dbtLayer(parseEnvironment(layerEnvironmentSchema.pick({ BATON_LAYER: true }), process.env).BATON_LAYER),
);
