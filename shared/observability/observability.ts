import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { Tracer } from "@aws-lambda-powertools/tracer";

/** Name space of all of Baton's metrics. */
export const METRIC_NAMESPACE = "Baton";

/** Logger of the function: run, layer and attempt are appended by the runtime, not by hand. */
export const logger = new Logger({ serviceName: "baton" });

/** Metrics of the function, in CloudWatch's embedded format. */
export const metrics = new Metrics({
  namespace: METRIC_NAMESPACE,
  serviceName: "baton",
  defaultDimensions: { stage: process.env["BATON_STAGE"] ?? "unknown" },
});

/** Tracer of the function (X-Ray); silent outside Lambda. */
export const tracer = new Tracer({ serviceName: "baton" });
