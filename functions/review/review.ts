import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { eventIdOf } from "../../events/ids.ts";
import { detailSchemas, SCHEMA_VERSION, type EventOf } from "../../events/schemas.ts";
import type { AnswerStore } from "../../shared/answers/answer-store.ts";
import { answerRequest, type AnswerEnd } from "../../shared/answers/answer-request.ts";
import type { RequestPorts } from "../../shared/answers/request-handler.ts";
import type { AwsClients } from "../../shared/aws/clients.ts";
import { putEvent } from "../../shared/aws/put-event.ts";
import { ledgerSchemaOf } from "../../shared/config/schemas-of.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { liveSetsOf } from "../../shared/dbt/separate-build.ts";
import { PermanentError, TransientError } from "../../shared/errors/errors.ts";
import { takeLock } from "../../shared/ledger/claims/take-over.ts";
import { openForReading } from "../../shared/ledger/open-for-reading.ts";
import { logger } from "../../shared/observability/observability.ts";
import { changedModels, haveOtherVars } from "../../shared/review/changed-models.ts";
import { parseProject } from "../../shared/review/parse-project.ts";
import { renderMarkdown } from "../../shared/review/render-markdown.ts";
import { reviewKeys } from "../../shared/review/review-keys.ts";
import { reviewOf, type ReviewOutcome } from "../../shared/review/review.ts";
import { nothingLive, runReview } from "../../shared/review/run-review.ts";
import { MAX_ZIP_BYTES, unpackProject } from "../../shared/review/unpack-project.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { REVIEW_LIMIT_SECONDS } from "../../shared/runtime/max-receives.ts";
import type { QueueMessage } from "../../shared/runtime/message.ts";
import { createPool } from "../../shared/warehouse/connection/connect.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import type { ReviewEnvironment } from "./review-environment.ts";

/** Time to stop dbt, to drop the schemas and to answer, before Lambda ends the function. */
export const RESERVE_MS = 60_000;

/** What the function works with. */
export type ReviewPorts = Omit<RequestPorts<ReviewEnvironment>, "aws"> & {
  aws: Pick<AwsClients, "s3" | "eventBridge" | "secrets">;
};

type Request = EventOf<"ReviewRequested">;

/**
 * Answers one ReviewRequested. A review that cannot run now (another one runs, a run publishes, the database does not
 * answer) is tried again with the same message, for up to an hour.
 *
 * @returns whether the message returns to the queue
 */
export function review(message: QueueMessage, ports: ReviewPorts): Promise<"acknowledge" | "return"> {
  const { aws, environment } = ports;
  return answerRequest<"ReviewRequested", ReviewOutcome>(message, {
    ...{ name: "review", type: "ReviewRequested", afterKill: endedEarly() },
    place: (request) => ({ s3: aws.s3, bucket: environment.BATON_BUCKET, key: keysOf(request).answer }),
    checkSeconds: environment.BATON_REVIEW_CHECK_SECONDS,
    limitSeconds: REVIEW_LIMIT_SECONDS,
    work: (request, store) => reviewAlone(request, store, ports),
    async onEnd(request, end) {
      if (end.state === "ended") await writeReport(end.outcome, request, ports);
      await publish(request, message, ports, end);
    },
  });
}

type End = AnswerEnd<ReviewOutcome>;
type Store = AnswerStore<ReviewOutcome>;

function keysOf({ detail }: Request): ReturnType<typeof reviewKeys> {
  return reviewKeys(detail.metadata.eventId);
}

function endedEarly(): PermanentError {
  return new PermanentError("REVIEW_UNFINISHED", "the function ended during the review without reporting a result", {
    kind: "timeout",
    advice: "Look for memory or time at the end of its log: ./baton logs review. Review fewer models: --select",
  });
}

/** Writes the report for programs and the one for people. */
async function writeReport(outcome: ReviewOutcome, request: Request, { aws, environment }: ReviewPorts): Promise<void> {
  const { json, markdown } = keysOf(request);
  const put = (Key: string, Body: string, ContentType: string): Promise<unknown> =>
    aws.s3.send(new PutObjectCommand({ Bucket: environment.BATON_BUCKET, Key, Body, ContentType }));
  await put(json, JSON.stringify(reviewOf(outcome)), "application/json");
  await put(markdown, renderMarkdown(outcome), "text/markdown; charset=utf-8");
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
async function reviewAlone(request: Request, store: Store, ports: ReviewPorts): Promise<ReviewOutcome> {
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
  store: Store;
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
