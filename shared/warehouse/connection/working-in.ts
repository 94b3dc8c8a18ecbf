import { schemasOf } from "../../config/schemas-of.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";

/**
 * Configuration for the working sessions of an attempt: their default schema is `<layer>_next`, which must exist. The
 * next attempt finds sessions that survived their function by it (`endPredecessors`).
 */
export function workingIn(warehouse: WarehouseConfig, layer: string): WarehouseConfig {
  return { ...warehouse, defaultSchema: schemasOf(warehouse.schemaPrefix, layer).next };
}
