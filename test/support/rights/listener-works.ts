import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { runIdSchema } from "../../../events/ids.ts";
import type { BatonEvent } from "../../../events/schemas.ts";
import { hashProject } from "../../../shared/dbt/hash-project.ts";
import { migrationKey } from "../../../shared/copy/migration-key.ts";
import { SUMMARY_KEY } from "../../../shared/ledger/summary-key.ts";
import { alarmName } from "../../../shared/observability/alarm-catalogue.ts";
import { reviewKeys } from "../../../shared/review/review-keys.ts";
import { bodyOf, DAY, exampleEvent } from "../ledger/event-builders.ts";
import type { RightsStage } from "./rights-stage.ts";
import { require, type Work } from "./work.ts";

const RUN_PAGES = "console/runs/";
const DOCS = "console/dbt-docs.html";
const isDone = (payload: string): boolean => /^\{"batchItemFailures": ?\[\]\}$/.test(payload.trim());

export const notifyWorks: readonly Work[] = [
  {
    does: "sends an alert about a failure, by mail and chat",
    async run(stage, say) {
      const runId = runIdSchema.parse(`${DAY}-${randomUUID().slice(0, 8)}`);
      const error = { kind: "bug", code: "ER_PARSE_ERROR", message: "You have an error", retriable: false };
      const [alerts, posts] = [await stage.depth("alerts"), stage.chat.received.length];
      const failed = exampleEvent("LayerFailed", { error, finishedAt: new Date().toISOString() }, runId);
      const { payload } = await stage.deliver("notify", await stage.publish(failed), say);
      require(isDone(payload), "notify did not process the failure");
      // alerts that could not be sent earlier may be included
      require((await stage.depth("alerts")) > alerts, "the topic has no alert");
      require(stage.chat.received.length > posts, "the chat tool has no alert");
    },
  },
  {
    does: "waits for the event, which has more details than an alarm",
    async run(stage, say) {
      const AlarmName = alarmName(stage.stage.status.stage, { kind: "failed", subject: "gold" });
      const alarm = (NewStateValue: string): string =>
        JSON.stringify({ AlarmName, NewStateValue, StateChangeTime: new Date().toISOString() });
      await stage.deliver("notify", alarm("OK"), say);
      const delivery = await stage.deliver("notify", alarm("ALARM"), say);
      require(!isDone(delivery.payload), "notify did not return the alarm to the queue");
      await delivery.expectHidden();
    },
  },
];

export const refreshWorks: readonly Work[] = [
  {
    does: "sends a message that it cannot process to the DLQ",
    async run(stage, say) {
      const body = await stage.publish(exampleEvent("PipelineCompleted"));
      await stage.deliver("refresh", body, say);
      require((await stage.drainDlq("refresh", say)).includes(body), "no DLQ message of refresh");
    },
  },
  {
    does: "starts ingestions and checks them again",
    async run(stage, say) {
      const delivery = await stage.deliver("refresh", await stage.publish(goldCompleted()), say);
      const messages = await stage.drainDlq("refresh", say);
      require(!isDone(delivery.payload) && messages.length === 0, "refresh did not start");
      await delivery.expectHidden();
    },
  },
  {
    does: "publishes that the dashboards are refreshed",
    async run(stage, say) {
      const runId = runIdSchema.parse(`${DAY}-${randomUUID().slice(0, 8)}`);
      // the ID of the ingestion of an event that was not replayed
      stage.quickSight.begin(`contracts/baton-${runId}-e3b0c442`);
      const { payload } = await stage.deliver("refresh", await stage.publish(goldCompleted(runId)), say);
      const messages = await stage.drainDlq("refresh", say);
      require(isDone(payload) && messages.length === 0, "no event was published");
    },
  },
  {
    does: "waits before a retry when QuickSight is down",
    async run(stage, say) {
      // the client itself tries three times
      stage.quickSight.outage = { status: 500, times: 3 };
      const delivery = await stage.deliver("refresh", await stage.publish(goldCompleted()), say);
      require(!isDone(delivery.payload), "refresh treated an outage as an answer");
      await delivery.expectHidden();
    },
  },
];

function goldCompleted(runId = runIdSchema.parse(`${DAY}-${randomUUID().slice(0, 8)}`)): BatonEvent {
  return exampleEvent("LayerCompleted", { layer: "gold" }, runId);
}

export const consoleWorks: readonly Work[] = [
  {
    does: "writes the page, with its link to the documentation",
    async run(stage, say) {
      await stage.putObject(DOCS, "documentation");
      await stage.putObject("console/index.html", "old");
      for (const key of await stage.keysBelow(RUN_PAGES)) await stage.deleteObject(key);
      const { payload } = await stage.invoke("console", { Records: [] }, say);
      require(isDone(payload), "the page was not written");
      // the newest run, which may be one of the trials of a layer
      const [runPage = "no page of a run"] = await stage.keysBelow(RUN_PAGES);
      for (const key of ["console/index.html", runPage])
        require((await stage.readObject(key)).includes("dbt-docs.html"), `${key} has no link`);
    },
  },
];

export const docsWorks: readonly Work[] = [
  {
    does: "does not write the documentation of an unchanged project again",
    async run(stage, say) {
      const hash = await hashProject(join(stage.stage.folder, "dbt"));
      await stage.putObject(DOCS, "of this project", { "project-hash": hash });
      const { payload } = await stage.invoke("docs", { Records: [] }, say);
      require(isDone(payload), "docs did not end");
      require((await stage.readObject(DOCS)) === "of this project", "the documentation was written again");
    },
  },
  {
    does: "writes the documentation of a changed project",
    async run(stage, say) {
      await stage.putObject(DOCS, "of another project", { "project-hash": "another" });
      const { payload } = await stage.invoke("docs", { Records: [] }, say);
      require(isDone(payload), "docs did not end");
      require((await stage.readObject(DOCS)).includes("<html"), "the documentation was not written");
    },
  },
];

/** What each function that answers requests does with another event. */
function refusesNoRequest(name: "review" | "migrate"): Work {
  return {
    does: "sends a message that is no request to the DLQ",
    async run(stage, say) {
      const body = bodyOf(exampleEvent("PipelineCompleted"));
      await stage.deliver(name, body, say);
      require((await stage.drainDlq(name, say)).includes(body), `no DLQ message of ${name}`);
    },
  };
}

export const reviewWorks: readonly Work[] = [
  refusesNoRequest("review"),
  {
    does: "answers a request whose project is no zip",
    async run(stage, say) {
      const { body, answer } = await requestReview(stage);
      const { payload } = await stage.deliver("review", body, say);
      require(isDone(payload), "review did not end");
      require((await stage.readObject(answer)).includes("REVIEW_PROJECT_INVALID"), "the request is not answered");
    },
  },
  {
    does: "waits while another review runs",
    async run(stage, say) {
      const { body } = await requestReview(stage);
      const { pool, prefix } = stage.stage.warehouse;
      const other = await pool.getConnection();
      await other.query("SELECT GET_LOCK(?, 10)", [`${prefix}review`]);
      const delivery = await stage.deliver("review", body, say);
      await other.query("SELECT RELEASE_LOCK(?)", [`${prefix}review`]);
      other.release();
      require(!isDone(delivery.payload), "review did not wait");
      await delivery.expectHidden();
    },
  },
];

async function requestReview(stage: RightsStage): Promise<{ body: string; answer: string }> {
  const id = randomUUID();
  const { project, answer } = reviewKeys(id);
  await stage.putObject(project, "no zip");
  const sha256 = createHash("sha256").update("no zip").digest("hex");
  const event = exampleEvent("ReviewRequested", { base: "main", project: { key: project, sha256, bytes: 6 } });
  event.detail.metadata.eventId = id;
  return { body: bodyOf(event), answer };
}

export const migrateWorks: readonly Work[] = [
  refusesNoRequest("migrate"),
  {
    does: "plans a move between its two servers",
    async run(stage, say) {
      const { body, answer } = requestMigration();
      const { payload } = await stage.deliver("migrate", body, say);
      require(isDone(payload), "migrate did not end");
      // both secrets lead to the one server of the test
      require((await stage.readObject(answer)).includes("COPY_SAME_SERVER"), "the request is not answered");
    },
  },
  {
    does: "waits when it cannot read its earlier answer",
    async run(stage, say) {
      const { body, answer } = requestMigration();
      await stage.putObject(answer, "no JSON");
      const delivery = await stage.deliver("migrate", body, say);
      require(!isDone(delivery.payload), "migrate did not wait");
      await delivery.expectHidden();
    },
  },
];

function requestMigration(): { body: string; answer: string } {
  const id = randomUUID();
  const event = exampleEvent("MigrationRequested", { command: "plan" });
  event.detail.metadata.eventId = id;
  return { body: bodyOf(event), answer: migrationKey(id) };
}

export const pulseWorks: readonly Work[] = [
  {
    does: "measures queues and ledger",
    async run(stage, say) {
      await stage.putObject(SUMMARY_KEY, "old");
      const { isError } = await stage.invoke("pulse", {}, say);
      require(!isError && (await stage.readObject(SUMMARY_KEY)) !== "old", "pulse failed, or wrote no summary");
    },
  },
];

export const sweepWorks: readonly Work[] = [
  {
    does: "publishes the events of a dead function",
    async run(stage, say) {
      await stage.putObject(SUMMARY_KEY, "old");
      await stage.leaveUntold();
      const { isError } = await stage.invoke("sweep", {}, say);
      require(!isError && (await stage.untold()) === 0, "the event is still unpublished");
    },
  },
];
