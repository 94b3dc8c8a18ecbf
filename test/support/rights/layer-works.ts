import { randomUUID } from "node:crypto";
import type { RightsStage } from "./rights-stage.ts";
import { require, type Say, type Work } from "./work.ts";

const DONE = JSON.stringify({ batchItemFailures: [] });
/** A day without a manifest. */
const OTHER_DAY = "2026-03-01";

/** The work that every layer does, whatever it builds. @param upstream undefined for the first layer */
export function layerWorks(layer: string, upstream: string | undefined): Work[] {
  const askAgain = async (stage: RightsStage): Promise<string> =>
    upstream === undefined ? request(stage, { runId: stage.runId }) : stage.eventOf("LayerCompleted", upstream);
  return [
    {
      does: "sends a message that is no event to the DLQ",
      async run(stage, say) {
        const body = `no event ${randomUUID()}`;
        const answer = await stage.deliver(layer, body, say);
        const messages = await stage.drainDlq(layer, say);
        require(!answer.isError, `${layer} broke`);
        require(messages.includes(body), `no DLQ message of ${layer}`);
      },
    },
    {
      does: "publishes the events of a completed layer again",
      async run(stage, say) {
        const answer = await stage.deliver(layer, await askAgain(stage), say);
        const messages = await stage.drainDlq(layer, say);
        require(sameJson(answer.payload, DONE) && messages.length === 0, `${layer} could not process its message`);
        require((await stage.untold()) === 0, `${layer} has published no event`);
      },
    },
    {
      does: "extends the visibility timeout of its message while it works",
      async run(stage, say) {
        const delivery = await stage.deliver(layer, await askAgain(stage), say);
        await delivery.expectHidden();
      },
    },
  ];
}

/** The additional work of the layer that loads the source's dumps. */
export function firstLayerWorks(layer: string): Work[] {
  return [
    {
      does: "names the existing manifests when the day's manifest is missing",
      async run(stage, say) {
        await stage.endRuns();
        const runId = `${OTHER_DAY}-${randomUUID().slice(0, 8)}`;
        await stage.deliver(layer, request(stage, { runId, businessDate: OTHER_DAY, manifestKey: undefined }), say);
        await stage.drainDlq(layer, say);
        await expectError(stage, say, { layer, runId, code: "MANIFEST_MISSING" });
      },
    },
    ...["dumps/", "processed/"].map((folder) => ({
      does: `copies a refused dump of ${folder} to quarantine`,
      async run(stage: RightsStage, say: Say) {
        await stage.endRuns();
        const runId = stage.nextRunId();
        const { bucket } = stage.stage.access;
        const key = `${folder}${randomUUID()}.sql`;
        await stage.putObject(key, "cut off");
        const dump = { bucket, key, sha256: stage.dump.sha256, bytes: 1, takenAt: new Date().toISOString() };
        await stage.deliver(layer, request(stage, { runId, dump }), say);
        await stage.drainDlq(layer, say);
        await expectError(stage, say, { layer, runId, code: "DUMP_SIZE" });
        require(await stage.hasObject(key.replace(folder, "quarantine/")), "the refused dump was not copied");
      },
    })),
    {
      does: "loads the day's dump and archives it",
      async run(stage, say) {
        await stage.endRuns();
        const runId = stage.nextRunId();
        const archived = stage.dump.dumpKey.replace("dumps/", "processed/");
        await stage.deleteObject(archived);
        await stage.deliver(layer, request(stage, { runId }), say);
        await stage.drainDlq(layer, say);
        const state = await stage.layerState(runId, layer);
        require(state?.state === "completed", `${layer} of ${runId} is ${JSON.stringify(state)}`);
        require(await stage.hasObject(archived), "the dump was not archived");
      },
    },
  ];
}

function request(stage: RightsStage, more: Record<string, unknown>): string {
  const { runId, ...data } = more;
  const id = randomUUID();
  const { businessDate, manifestKey } = stage.dump;
  return JSON.stringify({
    source: "baton",
    "detail-type": "PipelineRequested",
    detail: {
      metadata: {
        ...{ eventId: id, schemaVersion: 1, correlationId: id, emittedAt: new Date().toISOString(), runId },
        stage: stage.stage.status.stage,
      },
      data: { requestedBy: "operator", businessDate, manifestKey, allowStale: true, ...data },
    },
  });
}

async function expectError(
  stage: RightsStage,
  say: Say,
  { layer, runId, code }: { layer: string; runId: string; code: string },
): Promise<void> {
  const state = await stage.layerState(runId, layer);
  say(state?.error ?? "");
  require(state?.error.includes(code) === true, `${layer} of ${runId} is ${JSON.stringify(state)}, expected ${code}`);
}

function sameJson(one: string, other: string): boolean {
  return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
}
