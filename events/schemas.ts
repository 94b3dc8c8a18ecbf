import { z } from "zod";
import { businessDateSchema, layerNameSchema, runIdSchema } from "./ids.ts";

/** Raised only by an incompatible change; consumers refuse a version that they don't know. */
export const SCHEMA_VERSION = 1;

const instant = z.iso.datetime({ offset: true }).describe("ISO 8601, UTC");

const metadata = z
  .object({
    eventId: z.uuid().describe("UUIDv5 of (runId, detail-type, layer): the same fact has the same id"),
    schemaVersion: z.literal(SCHEMA_VERSION),
    runId: runIdSchema.describe("<businessDate>-<8 hex of the dump's sha256>[-rN]"),
    correlationId: z.string().min(1).describe("the same on every event of a run: the id of its PipelineRequested"),
    causationId: z.string().min(1).describe("id of the event that led to this one"),
    emittedAt: instant,
    stage: z.string().min(1),
  })
  .describe("who, when and why");

const requestMetadata = metadata
  .partial({ runId: true, correlationId: true, causationId: true })
  .extend({ eventId: z.string().min(1).describe("unique per request; the schedule uses its execution id") })
  .describe("as elsewhere, but a request from the schedule knows no run yet");

const dump = z
  .object({
    bucket: z.string().min(1),
    key: z.string().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits"),
    bytes: z.int().nonnegative().describe("size of the object as stored"),
    takenAt: instant,
  })
  .describe("the dump that the run loads");
export type DumpReference = z.infer<typeof dump>;

const target = z
  .object({
    fingerprint: z.string().min(1).describe("identity of the warehouse; another one is refused"),
    host: z.string().min(1),
    schema: z.string().min(1).describe("schema that the layer publishes to"),
  })
  .describe("the warehouse that was written");
export type TargetReference = z.infer<typeof target>;

const stats = z
  .object({
    tables: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
  })
  .catchall(z.union([z.number(), z.string(), z.boolean()]))
  .describe("what the layer made; layers may add scalars of their own");
export type LayerStats = z.infer<typeof stats>;

const recordedError = z
  .object({
    kind: z.string().min(1),
    code: z.string().min(1),
    message: z.string(),
    retriable: z.boolean(),
    advice: z.string().optional().describe("the next step for a person"),
    subjects: z.array(z.string()).optional().describe("the models or tables that failed"),
  })
  .describe("why the layer failed");

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
    businessDate: businessDateSchema.optional().describe("absent: the Tokyo day of emittedAt"),
    manifestKey: z.string().min(1).optional().describe("absent: the business date's manifest"),
    dump: dump.optional().describe("a given dump, instead of the manifest's"),
    allowStale: z.boolean().optional().describe("take a dump that is older than 24 hours"),
    force: z.boolean().optional().describe("replace newer dates, and let a jump in a table's rows pass"),
    from: layerNameSchema
      .optional()
      .describe("begin at this layer: those before it hand on what is live, which must be of the given dump and date"),
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
          message: z.string().optional().describe("what was found, for a person"),
        }),
      )
      .describe("the tests of error severity that kept the layer from being published"),
  }),
  PipelineCompleted: layerBase.omit({ layer: true, attempt: true }).extend({ ...finished, stats }),
  DashboardsRefreshed: layerBase.extend({ ...finished, stats }),
};

/** Kinds of event on the bus, as EventBridge detail-types. */
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
} satisfies Record<DetailType, z.ZodType>;

type Detail<T extends DetailType> = z.infer<(typeof detailSchemas)[T]>;
export type EventData<T extends DetailType> = Detail<T>["data"];

/** An event as it is put on the bus and as it arrives in a queue. */
export type BatonEvent = {
  [T in DetailType]: { source: typeof EVENT_SOURCE; "detail-type": T; detail: Detail<T> };
}[DetailType];
export type EventOf<T extends DetailType> = Extract<BatonEvent, { "detail-type": T }>;

/** Source of all of Baton's events on the bus. */
export const EVENT_SOURCE = "baton";

/** What each event says, for the catalogue. */
export const eventMeanings: Record<DetailType, string> = {
  PipelineRequested: "Somebody or the schedule asks for a run. The first layer listens.",
  LayerStarted: "An attempt of a layer has claimed its run and works.",
  LayerCompleted: "A layer is tested and live. The next layer listens.",
  LayerRestored: "A person has made backups of a layer live again; the run is the one whose set is live now.",
  LayerFailed: "A layer gave up: its message stands in the layer's dead-letter queue.",
  QualityTestFailed: "Tests of error severity failed: the layer was not published, the last good set stays live.",
  PipelineCompleted: "The last layer of a run is live.",
  DashboardsRefreshed: "The dashboards have read the new gold tables.",
};
