import { layerHandler } from "../../shared/runtime/layer-handler.ts";
import { gold } from "./gold.ts";

export const handler = layerHandler(gold);
