import { dbtLayer } from "../dbt-layer/dbt-layer.ts";
import { completed } from "../../shared/runtime/layer-definition.ts";

/** Builds the silver tables and the seeds they read, tests them, publishes them as one set. */
export const silver = dbtLayer({ name: "silver", listensTo: completed("staging"), alsoBuilds: ["seeds"] });
