import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { PutEventsCommandInput } from "@aws-sdk/client-eventbridge";
import type { Pool, RowDataPacket } from "mysql2/promise";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import { startDatabase, type DatabaseServer } from "../../../local/database-server.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import { schemasOf } from "../../../shared/config/schemas-of.ts";
import { PermanentError } from "../../../shared/errors/errors.ts";
import { planTableSet } from "../../../shared/ledger/publication/plan-table-set.ts";
import { recordQuality } from "../../../shared/ledger/records/quality.ts";
import { identityOf } from "../../../shared/runtime/identity-of.ts";
import { defineLayer, requested, type LayerContext } from "../../../shared/runtime/layer-definition.ts";
import { ensureSchema } from "../../../shared/warehouse/tables/publish-set.ts";
import { createPool } from "../../../shared/warehouse/connection/connect.ts";
import { listSessions } from "../../../shared/warehouse/connection/list-sessions.ts";
import { DAY, exampleEvent, examples } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const policy: LayerPolicy = { name: "first", isLast: true, retries: 1, retryIntervalSeconds: 100, backoff: 1 };
const stats = { tables: 1, rows: 3, bytes: 10 };
const GRANTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, PROCESS";
/** A failover of Aurora takes longer; the retry delays of the harness are shorter in proportion. */
const FAILOVER_MS = 700;

type Context = LayerContext<"PipelineRequested">;

/** Each names what is about to happen. */
const PHASES = ["open", "claim", "build", "data tests", "publication", "recording", "emitting"] as const;
type Phase = (typeof PHASES)[number];

/** Uses a separate server, because read_only affects every user, and a user whom read_only prevents from writing. */
describe("a failover of the database", () => {
  let folder: string;
  let server: DatabaseServer;
  let admin: Pool;
  let harness: LayerHarness;
  let runs = 0;
  let runId: RunId;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-failover-"));
    const settings = { "innodb-buffer-pool-size": "64M", "innodb-log-file-size": "32M" };
    server = await startDatabase({ folder: join(folder, "database"), settings, parentPid: process.pid });
    const { host, port, user, password } = server;
    admin = createPool({ host, port, user, password, tls: "disabled", schemaPrefix: "" });
    await admin.query("CREATE USER app IDENTIFIED BY 'app-password'");
    await admin.query(`GRANT ${GRANTS} ON *.* TO app`);
    const warehouse = testWarehouse({ host, port, user: "app", password: "app-password" });
    harness = new LayerHarness(policy, {}, warehouse);
    await harness.start();
  });
  beforeEach(() => {
    runs += 1;
    runId = runIdOf(DAY, (0xfa1100 + runs).toString(16).padStart(8, "0").repeat(8));
  });
  afterAll(async () => {
    await harness.stop();
    await admin.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The old writer becomes read-only and closes its connections; after a while a writer is available again. */
  async function failOver(): Promise<void> {
    await admin.query("SET GLOBAL read_only = 1");
    const sessions = (await listSessions(admin)).filter((session) => session.user === "app");
    // a connection may have ended already
    for (const { id } of sessions) await admin.query(`KILL ${id}`).catch(() => undefined);
    setTimeout(() => void admin.query("SET GLOBAL read_only = 0"), FAILOVER_MS);
  }
  /** Builds one table. @returns what to publish */
  async function build({
    ledger: { pool },
    warehouse: { schemaPrefix },
  }: Context): Promise<Parameters<Context["publish"]>[0]> {
    const { live, next } = schemasOf(schemaPrefix, policy.name);
    const connection = await pool.getConnection();
    try {
      await ensureSchema(connection, next);
      await connection.query(`DROP TABLE IF EXISTS ${next}.book`);
      await connection.query(`CREATE TABLE ${next}.book AS SELECT ? AS run_id`, [runId]);
      const book = { schema: live, name: "book", from: { schema: next, table: "book" } };
      return await planTableSet({ connection, pool }, { schemas: [live], members: [book] });
    } finally {
      connection.release();
    }
  }
  /** Delivers the request until it is acknowledged; the database fails over once, when the given phase is reached. */
  async function run(phase: Phase, error?: Error) {
    let isReached = false;
    const reach = async (reached: Phase): Promise<void> => {
      if (isReached || reached !== phase) return;
      isReached = true;
      await failOver();
    };
    const definition = defineLayer({
      name: policy.name,
      listensTo: requested(),
      async identify(event) {
        await reach("claim");
        return identityOf(event);
      },
      async run(context: Context) {
        await reach("build");
        const set = await build(context);
        await reach("data tests");
        if (error !== undefined) throw error;
        const key = { runId, layer: policy.name, attempt: context.run.attempt };
        await recordQuality(context.ledger.pool, key, [
          { id: "test", name: "test", model: "book", severity: "error", status: "pass", failures: 0 },
        ]);
        await reach("publication");
        await context.publish(set);
        await reach("recording");
        return { stats };
      },
    });
    await harness.emitted();
    await harness.dlqMessages();
    const { eventBridge } = harness.aws;
    eventBridge.middlewareStack.add(
      (next) => async (args) => {
        // the client sends events only
        const { Entries = [] } = args.input as PutEventsCommandInput;
        if (Entries.some(({ DetailType }) => DetailType === "LayerCompleted")) await reach("emitting");
        return next(args);
      },
      { step: "initialize", name: "failover", override: true },
    );
    await harness.send(exampleEvent("PipelineRequested", { dump: examples.PipelineCompleted.dump }, runId));
    await reach("open");
    for (let deliveries = 1; deliveries <= 12; deliveries += 1) {
      const { kind } = await harness.deliver(definition);
      if (kind !== "acknowledge") continue;
      expect(isReached).toBe(true);
      return { dlq: await harness.dlqMessages(), events: await harness.emitted() };
    }
    throw new Error(`the message was not acknowledged: ${JSON.stringify(await harness.status(runId))}`);
  }

  it.each(PHASES)(
    "before the phase '%s' of an attempt only delays the layer, and its set is published once",
    async (phase) => {
      const { dlq, events } = await run(phase);

      expect(dlq).toEqual([]);
      expect(await harness.status(runId)).toMatchObject({
        run: { state: "completed" },
        layers: [{ state: "completed", error: null }],
      });
      const schema = `${harness.warehouse.prefix}pipeline`;
      const [published] = await admin.query<RowDataPacket[]>(
        `SELECT state FROM ${schema}.publication WHERE run_id = ? AND state <> 'void'`,
        [runId],
      );
      const [live] = await admin.query<RowDataPacket[]>(`SELECT run_id FROM ${harness.warehouse.prefix}first.book`);
      expect([published, live]).toEqual([[{ state: "done" }], [{ run_id: runId }]]);
      expect(events.map((event) => event["detail-type"])).toContain("PipelineCompleted");
      expect(events.map((event) => event["detail-type"])).not.toContain("LayerFailed");
    },
    60_000,
  );

  it("while a layer fails delays the record of the failure, which is reported once", async () => {
    const broken = new PermanentError("DUMP_CHECKSUM", "sha256 differs", { kind: "input" });

    const { dlq, events } = await run("data tests", broken);

    expect(dlq.map(({ attributes }) => attributes["code"])).toEqual(["DUMP_CHECKSUM"]);
    expect(await harness.status(runId)).toMatchObject({
      run: { state: "failed" },
      layers: [{ state: "failed", error: { code: "DUMP_CHECKSUM" } }],
    });
    const failures = events.filter((event) => event["detail-type"] === "LayerFailed");
    expect(failures.map(({ detail }) => detail.data)).toMatchObject([{ error: { code: "DUMP_CHECKSUM" } }]);
  }, 60_000);

  it("to a server that is unknown for a moment is checked twice before the message goes to the DLQ", async () => {
    const schema = `${harness.warehouse.prefix}pipeline`;
    const [[target]] = await admin.query<(RowDataPacket & { server_identity: string; members: string | null })[]>(
      `SELECT server_identity, CAST(members AS CHAR) AS members FROM ${schema}.target`,
    );
    await admin.query(`UPDATE ${schema}.target SET server_identity = 'elsewhere', members = JSON_ARRAY('elsewhere')`);
    const restored = wait(100).then(() =>
      admin.query(`UPDATE ${schema}.target SET server_identity = ?, members = ?`, [
        target?.server_identity,
        target?.members,
      ]),
    );

    const { dlq } = await run("build");
    await restored;

    expect(dlq).toEqual([]);
    expect(await harness.status(runId)).toMatchObject({ run: { state: "completed" } });
  }, 60_000);
});
