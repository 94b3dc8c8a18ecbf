import { dbtLayer } from "../../shared/dbt/dbt-layer.ts";
import { completed } from "../../shared/layer/layer-definition.ts";

/** Builds the gold tables, tests them, publishes them as one set. */
export const gold = dbtLayer({ name: "gold", listensTo: completed("silver") });
