import { layerHandler } from "../../shared/runtime/layer-handler.ts";
import { staging } from "./staging.ts";

export const handler = layerHandler(staging);
