import { layerHandler } from "../../shared/layer/layer-handler.ts";
import { staging } from "./staging.ts";

export const handler = layerHandler(staging);
