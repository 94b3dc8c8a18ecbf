import { layerHandler } from "../../shared/layer/layer-handler.ts";
import { gold } from "./gold.ts";

export const handler = layerHandler(gold);
