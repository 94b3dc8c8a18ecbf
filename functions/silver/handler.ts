import { layerHandler } from "../../shared/layer/layer-handler.ts";
import { silver } from "./silver.ts";

export const handler = layerHandler(silver);
