import { dbtLayer } from "../dbt-layer/dbt-layer.ts";
import { completed } from "../../shared/runtime/layer-definition.ts";

/** Builds the gold tables, tests them, publishes them as one set. */
export const gold = dbtLayer({ name: "gold", listensTo: completed("silver") });
