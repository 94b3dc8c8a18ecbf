import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { eventIdOf } from "../../events/ids.ts";
import { isEventOf, parseEvent } from "../../events/parse-event.ts";
import { detailSchemas, SCHEMA_VERSION, type EventOf } from "../../events/schemas.ts";
import type { AwsClients } from "../../shared/aws/clients.ts";
import { putEvent } from "../../shared/aws/put-event.ts";
import { ledgerSchemaOf } from "../../shared/config/schemas-of.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { liveSetsOf } from "../../shared/dbt/separate-build.ts";
import { PermanentError, TransientError } from "../../shared/errors/errors.ts";
import { judge } from "../../shared/errors/judge.ts";
import { takeLock } from "../../shared/ledger/claims/take-over.ts";
import { openForReading } from "../../shared/ledger/open-for-reading.ts";
import { logger } from "../../shared/observability/observability.ts";
import { changedModels, haveOtherVars } from "../../shared/review/changed-models.ts";
import { parseProject } from "../../shared/review/parse-project.ts";
import type { ReviewAnswer } from "../../shared/review/review-answer.ts";
import { reviewKeys } from "../../shared/review/review-keys.ts";
import { reviewOf, type ReviewOutcome } from "../../shared/review/review.ts";
import { nothingLive, runReview } from "../../shared/review/run-review.ts";
import { MAX_ZIP_BYTES, unpackProject } from "../../shared/review/unpack-project.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { REVIEW_LIMIT_SECONDS } from "../../shared/runtime/max-receives.ts";
import type { QueueMessage } from "../../shared/runtime/message.ts";
import { createPool } from "../../shared/warehouse/connection/connect.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { AnswerStore, type WithoutProgress } from "./answer-store.ts";
import type { ReviewEnvironment } from "./review-environment.ts";

/** Name of the function in DLQ messages, where layers have theirs. */
const NAME = "review";
/** Time to stop dbt, to drop the schemas and to answer, before Lambda ends the function. */
export const RESERVE_MS = 60_000;

/** What the function works with. */
export interface ReviewPorts {
  aws: Pick<AwsClients, "s3" | "eventBridge" | "secrets">;
  environment: ReviewEnvironment;
  /** Until Lambda ends the function. */
  remainingMs: number;
}

type Request = EventOf<"ReviewRequested">;

/**
 * Answers one ReviewRequested. A refusal, the time limit and an error are answers too: only a message that is no request goes
 * to the DLQ. A review that cannot run now (another one runs, a run publishes, the database does not answer) is tried
 * again with the same message, for up to an hour.
 *
 * @returns whether the message returns to the queue
 */
export async function review(message: QueueMessage, ports: ReviewPorts): Promise<"acknowledge" | "return"> {
  let request: Request;
  try {
    request = readRequest(message.record.body);
  } catch (error) {
    const verdict = judge(error);
    logger.error("request refused", { failure: verdict.error });
    await message.copyToDlq({ layer: NAME, attempt: 1, error: verdict.error });
    return "acknowledge";
  }
  try {
    return await answerTo(request, message, ports);
  } catch (error) {
    // the bucket or the bus did not answer
    logger.error("the answer could not be given", { failure: judge(error).error });
    return returnIn(message, ports);
  }
}

async function returnIn(message: QueueMessage, { environment }: ReviewPorts): Promise<"return"> {
  await message.hideFor(environment.BATON_REVIEW_CHECK_SECONDS);
  return "return";
}

async function answerTo(
  request: Request,
  message: QueueMessage,
  ports: ReviewPorts,
): Promise<"acknowledge" | "return"> {
  const store = new AnswerStore(ports.aws.s3, ports.environment.BATON_BUCKET, request.detail.metadata.eventId);
  const before = await store.read();
  if (before !== undefined && isEnd(before)) {
    await publish(request, message, ports, before);
    return "acknowledge";
  }
  const end = before?.state === "running" ? endOf(endedEarly()) : await tryReview(request, message, ports, store);
  if (end === undefined) return returnIn(message, ports);
  if (end.state === "ended") await store.writeReport(end.outcome);
  await store.write(end);
  await publish(request, message, ports, end);
  return "acknowledge";
}

type End = WithoutProgress<Extract<ReviewAnswer, { state: "ended" | "unfinished" }>>;

function isEnd(answer: ReviewAnswer): answer is Extract<ReviewAnswer, { state: "ended" | "unfinished" }> {
  return answer.state === "ended" || answer.state === "unfinished";
}

function endOf(error: unknown): End {
  return { state: "unfinished", error: judge(error).error };
}

/** Undefined when the review cannot run now. */
async function tryReview(
  request: Request,
  message: QueueMessage,
  ports: ReviewPorts,
  store: AnswerStore,
): Promise<End | undefined> {
  await store.write({ state: "running" });
  try {
    return { state: "ended", outcome: await reviewAlone(request, store, ports) };
  } catch (error) {
    const failure = judge(error).error;
    const isOverdue = Date.now() - message.firstReceivedAt.getTime() > REVIEW_LIMIT_SECONDS * 1_000;
    logger.warn("the review did not finish", { failure, isOverdue });
    if (!failure.retriable || isOverdue) return endOf(error);
    store.add(`waits: ${failure.message}`);
    await store.write({ state: "waiting" });
    return undefined;
  }
}

function readRequest(body: string): Request {
  const event = parseEvent(body);
  if (isEventOf(event, "ReviewRequested")) return event;
  throw new PermanentError("EVENT_INVALID", `review does not process ${event["detail-type"]} events`, {
    kind: "input",
  });
}

function endedEarly(): PermanentError {
  return new PermanentError("REVIEW_UNFINISHED", "the function ended during the review without reporting a result", {
    kind: "timeout",
    advice: "Look for memory or time at the end of its log: ./baton logs review. Review fewer models: --select",
  });
}

/** Publishes the end of a review; again after a redelivery, with the same ID. */
async function publish(
  { detail: { metadata, data } }: Request,
  message: QueueMessage,
  { aws, environment }: ReviewPorts,
  end: End,
): Promise<void> {
  const [startedAt, now] = [message.firstReceivedAt, new Date()];
  const verdict = end.state === "ended" ? reviewOf(end.outcome).verdict : "unfinished";
  const { json, markdown } = reviewKeys(metadata.eventId);
  const detail = detailSchemas.ReviewCompleted.parse({
    metadata: {
      eventId: eventIdOf(metadata.eventId, "ReviewCompleted", ""),
      ...{ schemaVersion: SCHEMA_VERSION, stage: environment.BATON_STAGE, emittedAt: now.toISOString() },
      ...{ correlationId: metadata.correlationId ?? metadata.eventId, causationId: metadata.eventId },
    },
    data: {
      ...{ ...data, verdict },
      ...(end.state === "ended" ? { report: { json, markdown } } : { error: end.error }),
      ...{ startedAt: startedAt.toISOString(), finishedAt: now.toISOString() },
      durationMs: Math.max(0, now.getTime() - startedAt.getTime()),
    },
  });
  const bus = { eventBridge: aws.eventBridge, bus: environment.BATON_BUS };
  await putEvent(bus, { "detail-type": "ReviewCompleted", detail });
  logger.info("review ended", { reviewId: metadata.eventId, verdict });
}

/** @throws TransientError REVIEW_BUSY while another review of the environment runs */
async function reviewAlone(request: Request, store: AnswerStore, ports: ReviewPorts): Promise<ReviewOutcome> {
  const { environment, aws } = ports;
  const warehouse = await readWarehouseConfig(environment, aws.secrets);
  const ledger = await openForReading(warehouse, expectedTarget(environment));
  if (ledger === undefined) throw nothingLive();
  try {
    if (!(await takeLock(ledger, `${warehouse.schemaPrefix}review`, 0))) {
      throw new TransientError("REVIEW_BUSY", "another review is running", {
        ...{ kind: "database", retryAfterSeconds: environment.BATON_REVIEW_CHECK_SECONDS },
        advice: "Request the review again later.",
      });
    }
    return await reviewIn(await mkdtemp(join(tmpdir(), "baton-review-")), { request, store, ports, warehouse });
  } finally {
    await ledger.end();
  }
}

interface Work {
  request: Request;
  store: AnswerStore;
  ports: ReviewPorts;
  warehouse: WarehouseConfig;
}

async function reviewIn(folder: string, { request, store, ports, warehouse }: Work): Promise<ReviewOutcome> {
  const { environment, remainingMs } = ports;
  const { base, select, project } = request.detail.data;
  const stop = new AbortController();
  const limitMs = Math.max(0, remainingMs - RESERVE_MS);
  const timer = setTimeout(() => stop.abort(outOfTime(limitMs)), limitMs);
  const pool = createPool(warehouse, { schema: ledgerSchemaOf(warehouse.schemaPrefix) });
  try {
    await unpackProject(await readProject(request, ports), project.sha256, folder);
    const [before, change] = [join(folder, "base"), join(folder, "change")];
    const projectFile = (of: string): Promise<string> => readFile(join(of, "dbt_project.yml"), "utf8");
    const varsDiffer = haveOtherVars(await projectFile(before), await projectFile(change));
    const [parse, work] = [join(folder, "parse"), join(folder, "work")];
    for (const empty of [parse, work]) await mkdir(empty);
    const threads = environment.BATON_DBT_THREADS;
    const installation = { python: environment.BATON_DBT_PYTHON, launcher: environment.BATON_DBT_PROJECT, threads };
    const parsed = { project: before, workFolder: parse, schemaPrefix: warehouse.schemaPrefix };
    const baseState = await parseProject({ ...installation, ...parsed });
    return await runReview({
      installation: { ...installation, project: change },
      baseInstallation: { ...installation, project: before },
      ...{ warehouse, ledger: pool, base, baseState, workFolder: work, signal: stop.signal },
      readLiveSets: () => liveSetsOf(pool, environment.BATON_LAYER_SCHEMAS),
      select: changedModels({ select, varsDiffer }),
      onProgress: (line) => store.report(line),
    });
  } finally {
    clearTimeout(timer);
    await pool.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function outOfTime(limitMs: number): PermanentError {
  const minutes = (limitMs / 60_000).toFixed(1);
  return new PermanentError("REVIEW_UNFINISHED", `the review did not finish within ${minutes} minutes`, {
    kind: "timeout",
    advice: "Review fewer models with --select, or without --remote where the warehouse can be reached.",
  });
}

/** @throws PermanentError REVIEW_PROJECT_INVALID when it is missing or too large */
async function readProject({ detail }: Request, { aws, environment }: ReviewPorts): Promise<Uint8Array> {
  const { key: Key } = detail.data.project;
  const invalid = (why: string): PermanentError =>
    new PermanentError("REVIEW_PROJECT_INVALID", `the zip of the dbt project is refused: ${why}`, { kind: "input" });
  try {
    const { Body, ContentLength = 0 } = await aws.s3.send(
      new GetObjectCommand({ Bucket: environment.BATON_BUCKET, Key }),
    );
    if (ContentLength > MAX_ZIP_BYTES)
      throw invalid(`it has ${ContentLength} bytes, at most ${MAX_ZIP_BYTES} are allowed`);
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404)
      throw invalid(`there is no ${Key}`);
    throw error;
  }
}
