import { layerHandler } from "../../shared/runtime/layer-handler.ts";
import { silver } from "./silver.ts";

export const handler = layerHandler(silver);
