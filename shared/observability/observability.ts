import { Logger } from "@aws-lambda-powertools/logger";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { withoutValues } from "../errors/without-values.ts";

export { metrics } from "./metrics.ts";

/**
 * Logger of the function: run, layer and attempt are appended by the middleware and the runtime, not by hand. Row
 * values that database errors quote are removed from everything that is logged.
 */
export const logger = new Logger({
  serviceName: "baton",
  jsonReplacerFn: (_key, value: unknown) => (typeof value === "string" ? withoutValues(value) : value),
});

/** Tracer of the function (X-Ray); silent outside Lambda. */
export const tracer = new Tracer({ serviceName: "baton" });
