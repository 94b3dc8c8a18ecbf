import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
import middy, { type MiddlewareObj } from "@middy/core";
import type { Context } from "aws-lambda";
import { withoutValues } from "../errors/without-values.ts";
import { logKeysOf } from "./log-keys.ts";
import { watchMemory } from "./memory-watch.ts";
import { logger, metrics, tracer } from "./observability.ts";

/**
 * Makes a Lambda handler with the middleware that every function of the stack uses. Each log line has the layer, and run,
 * attempt, business date and correlation ID when the message names them; each call is traced, and calls of layers are
 * measured (`TimeUsedPercent`, `MemoryUsedPercent`).
 *
 * @param layer the layer's name, or the function's own when it serves all layers
 * @param kind functions that serve all layers have bounded work: their errors are enough
 */
export function functionHandler<TEvent, TResult>(
  layer: string,
  handle: (event: TEvent, context: Context) => Promise<TResult>,
  kind: "layer" | "for all layers" = "for all layers",
) {
  return (
    middy<TEvent, TResult>()
      .use(injectLambdaContext(logger, { resetKeys: true }))
      // responses and errors may quote the content of messages
      .use(captureLambdaHandler(tracer, { captureResponse: false }))
      .use(measured(layer, kind))
      .handler(handle)
  );
}

function measured(layer: string, kind: "layer" | "for all layers"): MiddlewareObj<unknown, unknown> {
  let startedAt = 0;
  let memory: ReturnType<typeof watchMemory> | undefined;
  const end = ({ context, error }: { context: Context; error?: unknown }): void => {
    // it is recorded in the trace, and Lambda logs it
    if (error instanceof Error) removeValues(error);
    if (memory !== undefined) {
      const allowedMs = Date.now() - startedAt + context.getRemainingTimeInMillis();
      metrics.add("TimeUsedPercent", percent(Date.now() - startedAt, allowedMs));
      metrics.add("MemoryUsedPercent", percent(memory.stop(), Number(context.memoryLimitInMB) * 1_048_576));
    }
    metrics.flush();
  };
  return {
    before({ event }) {
      startedAt = Date.now();
      if (kind === "layer") memory = watchMemory();
      logger.appendKeys({ layer, ...logKeysOf(event) });
      metrics.beginLayer(layer);
    },
    after: end,
    onError: end,
  };
}

function removeValues(error: Error): void {
  error.message = withoutValues(error.message);
  if (error.stack !== undefined) error.stack = withoutValues(error.stack);
}

function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 1_000) / 10 : 0;
}
