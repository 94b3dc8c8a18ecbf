import { schemasOf } from "../../config/schemas-of.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";

/**
 * The warehouse as an attempt's working sessions reach it: their default schema is `<layer>_next`, which must exist. By
 * it a successor finds the sessions that outlived their function (`endPredecessors`).
 */
export function workingIn(warehouse: WarehouseConfig, layer: string): WarehouseConfig {
  return { ...warehouse, defaultSchema: schemasOf(warehouse.schemaPrefix, layer).next };
}
