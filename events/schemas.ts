import { z } from "zod";
import { businessDateSchema, layerNameSchema, runIdSchema } from "./ids.ts";

/** Increased only for incompatible changes; consumers refuse unknown versions. */
export const SCHEMA_VERSION = 1;

const instant = z.iso.datetime({ offset: true }).describe("ISO 8601, UTC");

const metadata = z
  .object({
    eventId: z
      .uuid()
      .describe("UUIDv5 of (runId or ID of the review, detail-type, layer): the same fact has the same ID"),
    schemaVersion: z.literal(SCHEMA_VERSION),
    runId: runIdSchema.describe("<businessDate>-<8 hex digits of the dump's sha256>[-rN]"),
    correlationId: z.string().min(1).describe("equal in all events of a run: the ID of its PipelineRequested"),
    causationId: z.string().min(1).describe("ID of the event that caused this one"),
    emittedAt: instant,
    stage: z.string().min(1),
  })
  .describe("producer, time and cause");

const requestMetadata = metadata
  .partial({ runId: true, correlationId: true, causationId: true })
  .extend({ eventId: z.string().min(1).describe("unique per request; the schedule uses its execution ID") })
  .describe("as in other events, but a request of the schedule has no run ID yet");

const withoutRun = metadata.omit({ runId: true }).describe("as in other events, without a run");

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits");

const dump = z
  .object({
    bucket: z.string().min(1),
    key: z.string().min(1),
    sha256,
    bytes: z.int().nonnegative().describe("size of the object as stored"),
    takenAt: instant,
  })
  .describe("the dump that the run loads");
export type DumpReference = z.infer<typeof dump>;

const target = z
  .object({
    fingerprint: z.string().min(1).describe("identity of the warehouse; a different one is refused"),
    host: z.string().min(1),
    schema: z.string().min(1).describe("live schema of the layer"),
  })
  .describe("the warehouse of the layer");
export type TargetReference = z.infer<typeof target>;

const stats = z
  .object({
    tables: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
  })
  .catchall(z.union([z.number(), z.string(), z.boolean()]))
  .describe("what the layer produced; a layer may add its own scalar values");
export type LayerStats = z.infer<typeof stats>;

const recordedError = z
  .object({
    kind: z.string().min(1),
    code: z.string().min(1),
    message: z.string(),
    retriable: z.boolean(),
    advice: z.string().optional().describe("next step for the operator"),
    subjects: z.array(z.string()).optional().describe("the models or tables that failed"),
  })
  .describe("why it failed");

/** What a review compares. */
const reviewBase = z.object({
  base: z.string().min(1).max(200).describe("name of the revision that the models are compared with"),
  select: z.string().min(1).max(2_000).optional().describe("only these of the changed models, as dbt selectors"),
  project: z
    .object({
      key: z
        .string()
        .regex(/^reviews\/requests\/[0-9a-f-]{36}\.zip$/, "expected reviews/requests/<ID of the request>.zip")
        .describe("in the environment's bucket"),
      sha256,
      bytes: z.int().nonnegative(),
    })
    .describe("zip with the dbt project of the change in `change/` and that of the base in `base/`"),
});

const layerBase = z.object({
  layer: layerNameSchema,
  businessDate: businessDateSchema,
  attempt: z.int().positive(),
  startedAt: instant,
  dump,
  target,
});
const finished = { finishedAt: instant, durationMs: z.int().nonnegative() };

const data = {
  PipelineRequested: z.object({
    requestedBy: z.enum(["schedule", "manifest", "operator"]),
    businessDate: businessDateSchema.optional().describe("absent: the day of emittedAt in the source's time zone"),
    manifestKey: z.string().min(1).optional().describe("absent: the business date's manifest"),
    dump: dump.optional().describe("an explicit dump, instead of the one of the manifest"),
    allowStale: z.boolean().optional().describe("accept a dump older than 24 hours"),
    force: z.boolean().optional().describe("replace newer dates, and accept an unusual change in a table's rows"),
    backfill: z
      .object({ id: z.string().min(1), onFailure: z.enum(["stop", "continue"]) })
      .optional()
      .describe("one day of `baton backfill`; stop: a failed day cancels the later days that still wait"),
    from: layerNameSchema
      .optional()
      .describe(
        "start at this layer: earlier layers keep their live tables, which must be of the given dump and date. " +
          "A request without a run ID is for the date and dump that are live when the first layer gets it",
      ),
  }),
  LayerStarted: layerBase.partial({ dump: true }),
  LayerCompleted: layerBase.extend({ ...finished, stats }),
  LayerRestored: layerBase.extend({ ...finished, stats }),
  LayerFailed: layerBase.extend({ ...finished, error: recordedError }).partial({ dump: true, target: true }),
  QualityTestFailed: layerBase.extend({
    tests: z
      .array(
        z.object({
          name: z.string(),
          model: z.string(),
          severity: z.enum(["warn", "error"]),
          failures: z.int(),
          message: z.string().optional().describe("the finding, for the operator"),
        }),
      )
      .describe("the failed tests of error severity, which stopped the publication of the layer"),
  }),
  PipelineCompleted: layerBase.omit({ layer: true, attempt: true }).extend({ ...finished, stats }),
  DashboardsRefreshed: layerBase.extend({ ...finished, stats }),
  ReviewRequested: reviewBase,
  ReviewCompleted: reviewBase.extend({
    verdict: z
      .enum(["passed", "changed", "failed", "unfinished"])
      .describe("unfinished: refused, stopped by the time limit, or failed itself; `error` says why"),
    report: z
      .object({ json: z.string().min(1), markdown: z.string().min(1) })
      .optional()
      .describe("keys of the report in the environment's bucket; absent when unfinished"),
    error: recordedError.optional(),
    startedAt: instant,
    ...finished,
  }),
  MigrationRequested: z.object({
    command: z.enum(["plan", "copy", "verify", "switch", "back", "retire"]).describe("of `baton migrate`"),
    by: z.string().min(1).describe("the person, for the ledgers of both servers"),
    backups: z.boolean().optional().describe("also the backup schemas"),
    connections: z.int().min(1).max(32).optional().describe("number of connections to each server; absent: 3"),
    replace: z.boolean().optional().describe("copy: replace live tables of the target that no copy made"),
    retire: z
      .object({
        afterMs: z.int().nonnegative().describe("time without connections to the source"),
        ignored: z.array(z.string()).describe("users, or user@host, that do not use the warehouse"),
        drop: z.boolean().describe("remove the data of the source"),
      })
      .optional()
      .describe("options of retire; absent: 30 days, nobody, nothing"),
  }),
};

/** The EventBridge detail-types of Baton's events. */
export type DetailType = keyof typeof data;

/** The `detail` of each event by detail-type. */
export const detailSchemas = {
  PipelineRequested: z.object({ metadata: requestMetadata, data: data.PipelineRequested }),
  LayerStarted: z.object({ metadata, data: data.LayerStarted }),
  LayerCompleted: z.object({ metadata, data: data.LayerCompleted }),
  LayerRestored: z.object({ metadata, data: data.LayerRestored }),
  LayerFailed: z.object({ metadata, data: data.LayerFailed }),
  QualityTestFailed: z.object({ metadata, data: data.QualityTestFailed }),
  PipelineCompleted: z.object({ metadata, data: data.PipelineCompleted }),
  DashboardsRefreshed: z.object({ metadata, data: data.DashboardsRefreshed }),
  ReviewRequested: z.object({ metadata: withoutRun, data: data.ReviewRequested }),
  ReviewCompleted: z.object({ metadata: withoutRun, data: data.ReviewCompleted }),
  MigrationRequested: z.object({ metadata: withoutRun, data: data.MigrationRequested }),
} satisfies Record<DetailType, z.ZodType>;

export type Detail<T extends DetailType> = z.infer<(typeof detailSchemas)[T]>;
export type EventData<T extends DetailType> = Detail<T>["data"];

/** An event on the bus and in a queue. */
export type BatonEvent = {
  [T in DetailType]: { source: typeof EVENT_SOURCE; "detail-type": T; detail: Detail<T> };
}[DetailType];
/** An event of a run. */
export type RunEvent = Exclude<
  BatonEvent,
  { "detail-type": "ReviewRequested" | "ReviewCompleted" | "MigrationRequested" }
>;
export type EventOf<T extends DetailType> = Extract<BatonEvent, { "detail-type": T }>;

/** Source of all Baton events. */
export const EVENT_SOURCE = "baton";

/** The meaning of each event, for the catalogue. */
export const eventMeanings: Record<DetailType, string> = {
  PipelineRequested: "The schedule, a manifest or an operator requests a run. The first layer listens.",
  LayerStarted: "An attempt of a layer has started.",
  LayerCompleted: "A layer is tested and published. The next layer listens.",
  LayerRestored: "An operator has restored backups of a layer; the run is the one whose set is live now.",
  LayerFailed: "A layer failed after its last attempt: its message is in the layer's dead-letter queue.",
  QualityTestFailed: "Data tests of error severity failed: the layer was not published, the previous set stays live.",
  PipelineCompleted: "The last layer of a run is published.",
  DashboardsRefreshed: "The dashboards show the new gold tables.",
  ReviewRequested: "`baton review --remote` requests the review of a change to models. The function review listens.",
  ReviewCompleted: "A review has ended: its verdict, and where its report is.",
  MigrationRequested:
    "`baton migrate --remote` requests a part of a move of the warehouse. The function migrate listens.",
};
