import type { Connection } from "mysql2/promise";
import { oneLine } from "../../events/one-line.ts";
import { awsClients } from "../../shared/aws/clients.ts";
import { functionEnvironmentSchema, parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { openForReading } from "../../shared/ledger/open-for-reading.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { logger } from "../../shared/observability/observability.ts";
import { replay, replayEnvironmentSchema } from "./replay.ts";
import { replayRequestSchema, type ReplayAnswer, type ReplayRequest } from "../../shared/dead-letters/replay-api.ts";

/** Reading the DLQ stops this long before the function's timeout. */
const RESERVE_MS = 15_000;
const HIDDEN_SECONDS = 120;
const PATIENCE_MS = 20_000;
const LAST_LOOK_SECONDS = 1;

export const handler = functionHandler("replay", async (event: unknown, context): Promise<ReplayAnswer> => {
  const request = parseRequest(event);
  const { BATON_QUEUES: queues } = parseEnvironment(replayEnvironmentSchema, process.env);
  const ledger = await openLedger();
  const deadline = new Date(Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS);
  const limits = {
    ...{ deadline, hiddenSeconds: HIDDEN_SECONDS, patienceMs: PATIENCE_MS },
    lastLookSeconds: LAST_LOOK_SECONDS,
  };
  try {
    const answer = await replay({ sqs: awsClients().sqs, queues, ledger, limits }, request);
    const { messages, skipped, examined, isComplete } = answer;
    logger.info("DLQ messages processed", {
      ...{ action: request.action, messages: messages.length, skipped: skipped.length, examined, isComplete },
    });
    return answer;
  } finally {
    if (typeof ledger !== "string") await ledger.end();
  }
});

function parseRequest(event: unknown): ReplayRequest {
  const parsed = replayRequestSchema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new PermanentError("REPLAY_REQUEST_INVALID", `the request cannot be read: ${oneLine(parsed.error)}`, {
    kind: "input",
  });
}

/** Messages are also listed without the ledger, because its outage may be the cause of the failures. */
async function openLedger(): Promise<Connection | "none" | "unreachable"> {
  try {
    const environment = parseEnvironment(functionEnvironmentSchema, process.env);
    const warehouse = await readWarehouseConfig(environment, awsClients().secrets);
    return (await openForReading(warehouse, expectedTarget(environment))) ?? "none";
  } catch (error) {
    logger.warn("the ledger cannot be read", { error: String(error) });
    return "unreachable";
  }
}
