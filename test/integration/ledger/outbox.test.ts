import { randomBytes } from "node:crypto";
import {
  EventBridgeServiceException,
  type EventBridgeClient,
  type PutEventsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { publishedEvent, type EventBus, type EventStore } from "../../../shared/aws/published-events.ts";
import { inTransaction } from "../../../shared/warehouse/connection/transaction.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { addToOutbox, publishOutbox } from "../../../shared/ledger/claims/outbox.ts";
import { bodyOf, DAY, exampleEvent } from "../../support/ledger/event-builders.ts";
import { testServices } from "../../support/services.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

/** A bus that records what it accepts and refuses chosen events: the emulator never refuses only some entries. */
class PartialBus {
  readonly taken: string[] = [];
  refuses: (runId: string, detailType: string) => boolean = () => false;
  /** Refuses a whole request because of one entry, as EventBridge does when it is too large. */
  refusesRequest: (runId: string, detailType: string) => boolean = () => false;

  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  get bus(): EventBus {
    const send = async (command: PutEventsCommand) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const given = (command.input.Entries ?? []).map(({ DetailType = "", Detail = "" }) => ({
        DetailType,
        ...(JSON.parse(Detail) as { metadata: { runId: string } }).metadata, // the test wrote it
      }));
      if (given.some(({ runId, DetailType }) => this.refusesRequest(runId, DetailType))) throw tooLarge();
      const Entries = given.map(({ DetailType, runId }) => {
        if (this.refuses(runId, DetailType))
          return { ErrorCode: "InternalFailure", ErrorMessage: "refused by the test" };
        this.taken.push(`${runId} ${DetailType}`);
        return { EventId: "taken" };
      });
      return { FailedEntryCount: 0, Entries };
    };
    // the publisher calls only send
    const eventBridge = { send } as unknown as EventBridgeClient;
    return { eventBridge, bus: "bus", ...this.#store };
  }
}

function tooLarge(): EventBridgeServiceException {
  return new EventBridgeServiceException({
    ...{ name: "ValidationException", message: "Total size of the entries in the request is over the limit." },
    ...{ $fault: "client", $metadata: { httpStatusCode: 400 } },
  });
}

describe("outbox", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;
  let bus: PartialBus;
  const store = { s3: new S3Client({ ...clientOptions(testServices().emulator), forcePathStyle: true }), bucket: "" };
  const runs: RunId[] = Array.from({ length: 12 }, (_, n) => runIdOf(DAY, (n + 16).toString(16).repeat(32)));
  const types = ["LayerStarted", "LayerCompleted", "PipelineCompleted"] as const;

  beforeAll(async () => {
    store.bucket = `outbox-${randomBytes(4).toString("hex")}`;
    await store.s3.send(new CreateBucketCommand({ Bucket: store.bucket }));
  });
  afterAll(() => store.s3.destroy());
  beforeEach(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
    bus = new PartialBus(store);
    for (const type of types) {
      for (const run of runs) {
        await inTransaction(ledger.pool, (connection) => addToOutbox(connection, [exampleEvent(type, {}, run)]));
      }
    }
  });
  afterEach(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });
  const taken = (run: string): string[] =>
    bus.taken.filter((line) => line.startsWith(`${run} `)).map((line) => line.split(" ")[1] ?? "");

  it("publishes each event once and each run's events in order, with several publishers at once", async () => {
    const counts = await Promise.all([1, 2, 3].map(() => publishOutbox(ledger.pool, bus.bus)));

    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(runs.length * types.length);
    for (const run of runs) expect(taken(run)).toEqual(types);
    const [stored, never] = [exampleEvent("PipelineCompleted", {}, runs[0]), exampleEvent("LayerStarted", {}, runs[0])];
    expect(await publishedEvent(store, bodyOf(stored))).toEqual(stored);
    // nobody acts on it
    expect(await publishedEvent(store, bodyOf(never))).toBeUndefined();
  });

  it("keeps a refused event and all later events of its run for the next call", async () => {
    const [refused = ""] = runs;
    bus.refuses = (run, type) => run === refused && type === "LayerCompleted";

    const publishing = publishOutbox(ledger.pool, bus.bus);

    const message = expect.stringContaining(refused) as string;
    await expect(publishing).rejects.toMatchObject({ code: "EVENTS_NOT_ACCEPTED", message });
    expect(taken(refused)).toEqual(["LayerStarted"]);
    for (const run of runs.slice(1)) expect(taken(run)).toEqual(types);
    bus.refuses = () => false;
    expect(await publishOutbox(ledger.pool, bus.bus)).toBe(2);
    expect(taken(refused)).toEqual(types);
  });

  it("publishes the events of all other runs when the bus refuses every request with one event", async () => {
    const [refused, other] = runs;
    bus.refusesRequest = (run, type) => run === refused && type === "LayerCompleted";

    // this must not fail a layer of another run
    const published = await publishOutbox(ledger.pool, bus.bus, { runId: other });

    expect(published).toBe((runs.length - 1) * types.length + 1);
    for (const run of runs) expect(taken(run)).toEqual(run === refused ? ["LayerStarted"] : types);
    await expect(publishOutbox(ledger.pool, bus.bus, { runId: refused })).rejects.toMatchObject({
      code: "EVENTS_NOT_ACCEPTED",
      message: expect.stringContaining("over the limit") as string,
    });
  });
});
