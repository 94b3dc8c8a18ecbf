import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { RowDataPacket } from "mysql2/promise";
import { clientOptions } from "../../local/emulator/client-options.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { sampleDays } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import type { DlqMessage } from "../../shared/dead-letters/dlq-message.ts";
import type { Adoption } from "../../shared/ledger/adopt-target.ts";
import type { ListedRun, RunStatus } from "../../shared/ledger/reads/read-status.ts";
import { judge } from "../../shared/errors/judge.ts";
import { startStack, type TestStack } from "../support/baton.ts";
import { commandsInPage } from "../support/commands-in-texts.ts";
import { fillUp } from "../support/faults/small-folder.ts";
import { waitFor } from "../support/wait-for.ts";

const DAYS = ["2026-02-06", "2026-02-07", "2026-02-08", "2026-02-09", "2026-02-10"] as const;
const [DAY] = DAYS;
const LAYERS = ["staging", "silver", "gold"];
/** Enough for the database, the bucket and the emulator, and small enough to be filled. */
const DISK_MEGABYTES = 2_000;
/** For several runs, one after the other. */
const LONG = { timeoutMs: 300_000 };
/** The pages whose commands are carried out. */
const PAGES = ["README.md", "docs/backfill.md", "docs/quality.md", "docs/runbook.md"];
/** Commands of the pages that are not carried out here, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "local down --purge": "removes the set-up of the checkout",
  "completion bash": "test/unit/cli/main.test.ts",
  "logs LAYER --follow": "carried out for one run",
  "backfill --force": "carried out from a later date on; here only with --dry-run",
  review: "carried out with --base HEAD; a checkout of CI has no branch main",
  "adopt --dump FILE": "test/e2e/adopt.test.ts",
  "migrate plan": "test/engines/migrate.test.ts",
  "logs migrate": "the function is deployed only during a move; carried out here for a layer",
  "run --force": "the drill, which test/e2e/alerts.test.ts carries out",
};

/**
 * The deployed pipeline, used only through `./baton`, as an operator uses it. The tests share one pipeline and run in
 * order; together they carry out the commands of the pages above, each in the situation that it is for. The stack is that of a
 * clone in a long path with spaces and non-ASCII letters, reached by a symbolic link, and of a user who is not root.
 */
describe("pipeline", () => {
  let programs: string;
  let stack: TestStack;
  let dump: string;
  let sqs: SQSClient;
  let s3: S3Client;
  let first: RunStatus;
  /** Rows of silver and gold after the dates were requested at once. */
  let together: Record<string, unknown[]>;

  beforeAll(async () => {
    programs = await mkdtemp(join(batonHome, "test-programs-"));
    // a machine without a desktop has no browser; this program only writes down which file it should open
    await writeFile(join(programs, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > "$0.opened"\n`);
    await chmod(join(programs, "xdg-open"), 0o755);
    stack = await startStack({ programs, diskMegabytes: DISK_MEGABYTES, clone: true });
    const client = clientOptions(stack.status);
    sqs = new SQSClient(client);
    s3 = new S3Client({ ...client, forcePathStyle: true });
    dump = dumpOf(DAY);
    const sampled = { sizeBytes: 8_000_000, seed: 11, date: DAY, days: DAYS.length };
    for (const sample of sampleDays(sampled)) {
      const file = dumpOf(sample.businessDate);
      const isLast = sample.businessDate === DAYS.at(-1);
      const faults = isLast ? [{ kind: "keepRows" as const, table: "inquiries", rows: 10 }] : [];
      const manifestFile = file.replace(".sql", ".json");
      await writeSample(sample, { file, manifestFile, format: "compact", isGzip: false, faults });
    }
  }, 240_000);
  afterAll(async () => {
    await stack.stop();
    await rm(programs, { recursive: true, force: true });
  }, 400_000);

  function dumpOf(day: string): string {
    return join(stack.folder, "dumps", `gghouse_${day.replaceAll("-", "")}.sql`);
  }
  async function checksums(...schemas: string[]): Promise<Record<string, string>> {
    const [tables] = await stack.database.query<(RowDataPacket & { name: string })[]>(
      `SELECT CONCAT('\`', table_schema, '\`.\`', table_name, '\`') AS name FROM information_schema.tables
        WHERE table_schema IN (?) AND table_type = 'BASE TABLE'`,
      [schemas],
    );
    if (tables.length === 0) return {};
    const [rows] = await stack.database.query<(RowDataPacket & { Table: string; Checksum: string })[]>(
      `CHECKSUM TABLE ${tables.map(({ name }) => name).join(", ")}`,
    );
    return Object.fromEntries(rows.map(({ Table, Checksum }) => [Table, Checksum]));
  }
  async function depth(url: string): Promise<number> {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
    return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  }
  async function keys(prefix: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: stack.status.bucket, Prefix: prefix }));
    return Contents.map(({ Key = "" }) => Key);
  }
  async function dlqMessages(layer: string): Promise<DlqMessage[]> {
    return (await stack.json<{ messages: DlqMessage[] }>("dlq", "list", layer)).messages;
  }
  async function status(run: string): Promise<RunStatus> {
    return stack.json<RunStatus>("status", run);
  }

  /** Stores a dump and its manifest as the source does; the command rejects a pair that does not match. */
  async function store(file: string): Promise<void> {
    const { bucket: Bucket } = stack.status;
    const manifest = await readFile(file.replace(".sql", ".json"), "utf8");
    await s3.send(new PutObjectCommand({ Bucket, Key: `dumps/${basename(file)}`, Body: await readFile(file) }));
    const key = `dumps-manifest/${basename(file, ".sql")}.json`;
    await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: manifest }));
  }

  it("waits for a late dump, refuses an old one, and builds all layers of it, connected only by events", async () => {
    const missing = await stack.baton("run", "--date", DAY, "--watch", "--json");
    const late = JSON.parse(missing.stdout) as RunStatus; // the format of --json; asserted on below
    expect(late).toMatchObject({ run: { state: "failed" }, layers: [{ error: { code: "MANIFEST_MISSING" } }, {}, {}] });
    await store(dump);
    await stack.json("dlq", "replay", "staging");
    const stale = await waitFor("the staging layer to read the dump", async () => {
      const { error } = (await status(late.run.id)).layers[0] ?? {};
      return error?.code === "DUMP_STALE" ? error : undefined;
    });
    expect(stale.message).toMatch(/2026-02-05T.*at most 24/s);
    expect(stale.advice).toContain(`./baton run --date ${DAY} --allow-stale`);

    first = await stack.json<RunStatus>("run", "--date", DAY, "--allow-stale", "--watch");

    expect(first.run).toMatchObject({ state: "completed", businessDate: DAY });
    expect(first.layers.map(({ name, state, attempts, error }) => ({ name, state, attempts, error }))).toEqual(
      LAYERS.map((name) => ({ name, state: "completed", attempts: 1, error: null })),
    );
    for (const layer of first.layers) expect(layer.rows).toBeGreaterThan(1_000);
    for (const layer of first.layers) expect(layer.steps.filter(({ state }) => state === "running")).toEqual([]);
    expect(await status(first.run.id)).toEqual(first);
    await stack.baton("dlq", "purge", "staging", "--yes");
  }, 240_000);

  it("shows the log of a layer for a run, once or until Ctrl-C", async () => {
    type Line = { at: string; message: string; runId: string };
    const ofRun = ["logs", "staging", "--run", first.run.id];
    const following = stack.start(...ofRun, "--follow", "--json");

    const { lines } = await stack.json<{ lines: Line[] }>(...ofRun);
    const { stdout } = await stack.baton(...ofRun);
    await waitFor("the followed lines", () => (following.lines().length === lines.length ? true : undefined));

    expect(await following.end("SIGINT")).toBe(130);
    expect(new Set(lines.map(({ runId }) => runId))).toEqual(new Set([first.run.id]));
    expect(following.lines().map((line) => JSON.parse(line) as Line)).toEqual(lines);
    expect(stdout.trim().split("\n")).toHaveLength(lines.length);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}INFO {3}/);
    expect((await stack.json<{ lines: Line[] }>("logs", "staging")).lines.length).toBeGreaterThan(lines.length);
  }, 400_000);

  it("answers SQL as the reader of gold, who may read nothing else", async () => {
    const [read, refused] = [
      await stack.baton("sql", "-e", "SELECT COUNT(*) > 0 AS filled FROM gold.new_contracts", "--", "--batch"),
      await stack.baton("sql", "-e", "SELECT * FROM silver.int_contracts"),
    ];

    expect(read).toMatchObject({ code: 0, stdout: "filled\n1\n" });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("denied") as string });
    expect(await stack.baton("sql")).toMatchObject({ code: 0 });
  });

  it("leaves no message, archives the dump and has one event per layer in the outbox", async () => {
    const { queues } = stack.status;
    for (const { url, dlqUrl } of Object.values(queues)) {
      await waitFor("an empty queue", async () => ((await depth(url)) === 0 ? true : undefined));
      expect(await depth(dlqUrl)).toBe(0);
    }
    expect(await keys("processed/")).toEqual(["processed/gghouse_20260206.sql"]);
    const [events] = await stack.database.query<(RowDataPacket & { detail_type: string; waiting: number })[]>(
      `SELECT detail_type, SUM(published_at IS NULL) AS waiting, COUNT(*) AS events FROM pipeline.outbox
        WHERE run_id = ? GROUP BY 1 ORDER BY 1`,
      [first.run.id],
    );
    expect(
      events.map(({ detail_type, events: count, waiting }) => [detail_type, Number(count), Number(waiting)]),
    ).toEqual([
      ["LayerCompleted", 3, 0],
      ["LayerStarted", 3, 0],
      ["PipelineCompleted", 1, 0],
    ]);
  }, 400_000);

  it("does nothing when the same dump is requested again", async () => {
    const { code, stderr } = await stack.baton("run", "--dump", dump, "--watch");

    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("is completed. To repeat it: ./baton run --dump") as string,
    });
  });

  it("runs dates that are requested at once one after the other, the earliest first, and cancels one that waits", async () => {
    const holder = await stack.database.getConnection();
    await holder.query("SELECT GET_LOCK('baton:silver', 10)");
    const runs: string[] = [];
    // the second date is running when the others arrive, in any order
    for (const day of [DAYS[1], DAYS[3], DAYS[4], DAYS[2]]) {
      const { run } = await stack.json<{ run: { id: string } }>("run", "--dump", dumpOf(day));
      runs.push(run.id);
      await waitFor("the request", async () => ((await runState(run.id)) === undefined ? undefined : true));
    }
    const waiting = await stack.json<ListedRun[]>("runs", "--state", "waiting");
    await stack.json("cancel", runs[2] ?? "");
    await holder.query("SELECT RELEASE_LOCK('baton:silver')");
    holder.release();
    await waitFor("all runs", async () => (await unfinished()) === 0, LONG);

    const positions = Object.fromEntries(waiting.map(({ businessDate, position }) => [businessDate, position]));
    expect(positions).toEqual({ [DAYS[2]]: 1, [DAYS[3]]: 2, [DAYS[4]]: 3 });
    expect(await publishedDates()).toEqual(DAYS.slice(0, 4));
    expect(await runState(runs[2] ?? "")).toBe("cancelled");
    together = await rowsOf("silver", "gold");
    expect(together["silver.tenant_status_history"]?.length).toBeGreaterThan(1_000);
  }, 400_000);

  async function runState(run: string): Promise<string | undefined> {
    const [[row]] = await stack.database.query<(RowDataPacket & { state: string })[]>(
      "SELECT state FROM pipeline.run WHERE run_id = ?",
      [run],
    );
    return row?.state;
  }
  async function unfinished(): Promise<number> {
    const [[row]] = await stack.database.query<(RowDataPacket & { n: number })[]>(
      "SELECT COUNT(*) AS n FROM pipeline.run WHERE state IN ('waiting', 'running')",
    );
    return row?.n ?? 0;
  }
  async function publishedDates(): Promise<string[]> {
    const [rows] = await stack.database.query<(RowDataPacket & { business_date: string })[]>(
      "SELECT business_date FROM pipeline.run WHERE state = 'completed' ORDER BY finished_at",
    );
    return rows.map(({ business_date }) => business_date);
  }

  /** All rows of the schemas by table, without the run ID. */
  async function rowsOf(...schemas: string[]): Promise<Record<string, unknown[]>> {
    await stack.database.query("SET SESSION group_concat_max_len = 100000");
    const [tables] = await stack.database.query<(RowDataPacket & { name: string; columns: string })[]>(
      `SELECT CONCAT(table_schema, '.', table_name) AS name,
          GROUP_CONCAT(CONCAT('\`', column_name, '\`') ORDER BY ordinal_position) AS columns
        FROM information_schema.columns WHERE table_schema IN (?) AND column_name <> 'run_id' GROUP BY 1`,
      [schemas],
    );
    const rows: Record<string, unknown[]> = {};
    for (const { name, columns } of tables) {
      const [found] = await stack.database.query<RowDataPacket[]>(`SELECT ${columns} FROM ${name}`);
      rows[name] = found.map((row) => JSON.stringify(row)).sort();
    }
    return rows;
  }

  it("keeps all data over a restart, and repeats an old date from the stored dump", async () => {
    const before = { keys: await keys(""), runs: await stack.json("runs"), alerts: await stack.json("alerts") };

    expect((await stack.baton("local", "down")).code).toBe(0);
    const status = await stack.json("local", "up");

    expect(status).toEqual(stack.status);
    expect({ keys: await keys(""), runs: await stack.json("runs"), alerts: await stack.json("alerts") }).toEqual(
      before,
    );
    const again = await stack.baton("run", "--date", DAYS[1], "--force", "--watch", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ run: { state: "completed", businessDate: DAYS[1] } });
    expect(again.stderr).toContain("lacks 2 later dates (2026-02-08 to 2026-02-09)");
    expect(again.stderr).toContain("./baton backfill --from 2026-02-08 --force");
  }, 300_000);

  it("repeats only silver when silver fails, and continues the same run after a replay", async () => {
    const gold = await checksums("gold");
    const stagingRuns = await claims("staging");
    // silver waits for its lock while a column that it reads is dropped
    const holder = await stack.database.getConnection();
    await holder.query("SELECT GET_LOCK('baton:silver', 10)");
    const { run } = await stack.json<{ run: { id: string } }>("run", "--dump", dumpOf(DAYS[2]), "--force");
    await waitFor("staging", async () => ((await stateOf(run.id, "staging")) === "completed" ? true : undefined));
    await stack.database.query("ALTER TABLE staging.rooms RENAME COLUMN room_number TO room_no");
    await holder.query("SELECT RELEASE_LOCK('baton:silver')");
    holder.release();

    await waitFor("silver to fail", async () => ((await stateOf(run.id, "silver")) === "failed" ? true : undefined));

    const failed = await status(run.id);
    expect(failed.run.state).toBe("failed");
    expect(failed.layers[1]?.error?.message).toContain("room_number");
    const missing = expect.stringContaining("room_number") as string;
    expect(await dlqMessages("silver")).toEqual([expect.objectContaining({ runId: run.id, message: missing })]);
    expect(await checksums("gold")).toEqual(gold);

    await stack.database.query("ALTER TABLE staging.rooms RENAME COLUMN room_no TO room_number");
    const { messages } = await stack.json<{ messages: DlqMessage[] }>("dlq", "replay", "silver");

    expect(messages).toHaveLength(1);
    await waitFor("gold", async () => ((await stateOf(run.id, "gold")) === "completed" ? true : undefined));
    expect((await status(run.id)).run).toMatchObject({ id: run.id, state: "completed" });
    expect(await dlqMessages("silver")).toEqual([]);
    expect(await claims("staging")).toBe(stagingRuns + 1);
  }, 300_000);

  it("publishes the same rows when each date runs alone", async () => {
    const alone = await stack.json<RunStatus>("run", "--dump", dumpOf(DAYS[3]), "--replace", "--force", "--watch");

    expect(alone.run).toMatchObject({ id: expect.stringMatching(/-r1$/) as string, state: "completed" });
    const rows = await rowsOf("silver", "gold");
    expect(Object.keys(rows)).toEqual(Object.keys(together));
    for (const [table, ofTable] of Object.entries(rows)) expect({ table, rows: ofTable }).toEqual({ table, rows: together[table] });
    const [backups] = await stack.database.query<(RowDataPacket & { table_name: string; n: number })[]>(
      "SELECT table_name, COUNT(*) AS n FROM pipeline.backup WHERE dropped_at IS NULL GROUP BY 1 HAVING n <> 1",
    );
    expect(backups).toEqual([]);
  }, 240_000); // prettier-ignore

  it("continues a backfill whose command was closed, and publishes the same rows again", async () => {
    const backfill = stack.start("backfill", "--from", DAYS[2], "--force");
    await waitFor("both requests", async () => (await unfinished()) === 2);

    expect(await backfill.end("SIGINT")).toBe(130);
    await waitFor("all dates", async () => (await unfinished()) === 0, LONG);

    expect((await publishedDates()).slice(-2)).toEqual([DAYS[2], DAYS[3]]);
    expect(await rowsOf("silver", "gold")).toEqual(together);
    expect(await stack.json("backfill")).toEqual({ days: [] });
    const folder = join(stack.folder, "dumps");
    expect(await stack.json("backfill", folder, "--from", DAYS[2], "--to", DAYS[3])).toEqual({ days: [] });
    const plan = async (...args: string[]): Promise<string[]> =>
      (await stack.json<{ days: { businessDate: string }[] }>("backfill", ...args, "--dry-run")).days.map(
        ({ businessDate }) => businessDate,
      );
    expect(await plan(folder)).toEqual([DAYS[4]]);
    expect(await plan("--force")).toEqual(DAYS.slice(0, 4));
  }, 400_000);

  async function stateOf(run: string, layer: string): Promise<string | undefined> {
    const [[row]] = await stack.database.query<(RowDataPacket & { state: string })[]>(
      "SELECT state FROM pipeline.layer_run WHERE run_id = ? AND layer = ?",
      [run, layer],
    );
    return row?.state;
  }

  /** The number of attempts of a layer. */
  async function claims(layer: string): Promise<number> {
    const [[row]] = await stack.database.query<(RowDataPacket & { n: number })[]>(
      "SELECT COUNT(*) AS n FROM pipeline.attempt WHERE layer = ?",
      [layer],
    );
    return row?.n ?? 0;
  }

  describe("bad input", () => {
    let live: Record<string, string>;

    beforeAll(async () => {
      live = await checksums("staging", "silver", "gold");
    });
    afterEach(async () => {
      expect(await checksums("staging", "silver", "gold")).toEqual(live);
      await stack.baton("dlq", "purge", "staging", "--yes");
    });

    /** A changed copy of the day's dump for another day, by default with a matching manifest. */
    async function badDump(
      day: string,
      change: (file: string) => Promise<void>,
      manifest: Record<string, unknown> = {},
    ): Promise<string> {
      const folder = join(stack.folder, `bad-${day}`);
      const name = `gghouse_${day.replaceAll("-", "")}`;
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${name}.sql`);
      await writeFile(file, await readFile(dump));
      await change(file);
      const content = await readFile(file);
      const own = JSON.parse(await readFile(dump.replace(".sql", ".json"), "utf8")) as Record<string, unknown>; // written by baton sample
      const fitting = {
        ...own,
        dump_date: day.replaceAll("-", ""),
        dump_key: `dumps/${name}.sql`,
        dump_sha256: createHash("sha256").update(content).digest("hex"),
        dump_size_bytes: content.length,
        ...manifest,
      };
      await writeFile(join(folder, `${name}.json`), JSON.stringify(fitting));
      return file;
    }

    async function expectRefusal(code: string, message: RegExp, ...args: string[]): Promise<{ runId: string }> {
      const result = await stack.baton("run", ...args, "--watch", "--json");
      const run = JSON.parse(result.stdout) as RunStatus; // the format of --json; asserted on below

      expect(result.code).toBe(1);
      expect(run.layers[0]).toMatchObject({ state: "failed", attempts: 1, error: { code } });
      expect(run.layers[0]?.error?.message).toMatch(message);
      expect(run.layers[0]?.error?.advice).toBeTruthy();
      expect(await dlqMessages("staging")).toEqual([expect.objectContaining({ code, runId: run.run.id })]);
      return { runId: run.run.id };
    }

    it("names the missing manifest of today and the existing ones", async () => {
      await expectRefusal("MANIFEST_MISSING", /gghouse_\d{8}\.json.*gghouse_20260206\.json/s);

      const [{ messageId = "" } = {}] = await dlqMessages("staging");
      const shown = await stack.baton("dlq", "show", "staging");
      expect(shown.stdout).toContain("MANIFEST_MISSING");
      expect(await stack.baton("dlq", "show", "--id", messageId)).toEqual(shown);
      await stack.baton("dlq", "purge", "staging", "--id", messageId, "--yes");
      expect(await dlqMessages("staging")).toEqual([]);
    }, 400_000);

    it("reports both sha256 values when they differ, and keeps a copy in quarantine", async () => {
      const file = await badDump("2026-03-02", () => Promise.resolve(), { dump_sha256: "0".repeat(64) });

      const refused = await stack.baton("run", "--dump", file, "--json");
      await store(file);

      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "DUMP_MANIFEST_MISMATCH" } });
      const { runId } = await expectRefusal("DUMP_CHECKSUM", /0{64}/, "--date", "2026-03-02", "--allow-stale");

      expect(await keys("quarantine/")).toEqual(
        expect.arrayContaining(["quarantine/gghouse_20260302.sql", "quarantine/gghouse_20260302.sql.reason.json"]),
      );
      await stack.baton("dlq", "purge", "staging", "--run", runId, "--yes");
      expect(await dlqMessages("staging")).toEqual([]);
    }, 400_000);

    it("reports both sizes when the upload is truncated", async () => {
      const file = await badDump("2026-03-03", (path) => truncate(path, 1_000_000), { dump_size_bytes: 8_000_000 });

      await store(file);

      await expectRefusal("DUMP_SIZE", /1000000 bytes.*8000000/, "--date", "2026-03-03", "--allow-stale");
    }, 400_000);

    it("names byte, line and table when the dump ends within a statement", async () => {
      const file = await badDump("2026-03-04", (path) => truncate(path, 3_000_000));

      await expectRefusal("DUMP_TRUNCATED", /byte \d+.*line \d+/s, "--dump", file);
    }, 400_000);

    it("names the tables that are missing in a dump of another system", async () => {
      const other = "CREATE TABLE `film` (`id` int NOT NULL, PRIMARY KEY (`id`));\nINSERT INTO `film` VALUES (1);\n";
      const file = await badDump("2026-03-05", (path) => writeFile(path, other));

      await expectRefusal("DUMP_WRONG_SYSTEM", /apartments.*tenants.*film/s, "--dump", file);
    }, 400_000);

    it("refuses a dump that its source marked as invalid", async () => {
      const file = await badDump("2026-03-06", () => Promise.resolve(), {
        valid_for_etl: false,
        reason: "corrupted_snapshot_window",
      });

      await expectRefusal("DUMP_NOT_VALID", /corrupted_snapshot_window/, "--dump", file);
    }, 400_000);
  });

  it("stops at unusual data, and continues when an operator accepts it", async () => {
    // a run of its own: an earlier one of this date was cancelled
    const stopped = await stack.baton("run", "--dump", dumpOf(DAYS[4]), "--force", "--watch", "--json");
    const { run } = JSON.parse(stopped.stdout) as RunStatus; // the format of --json; asserted on below
    expect({ code: stopped.code, run }).toMatchObject({ code: 1, run: { state: "failed", businessDate: DAYS[4] } });
    const name = "usual_row_count_inquiries";
    const shown = await stack.baton("quality");
    expect(shown.stdout).toContain(name);
    expect(await stack.baton("quality", run.id)).toEqual(shown);
    expect((await stack.baton("quality", "--test", name)).stdout).toContain(run.id);

    const reason = ["--reason", "the source archived old inquiries"];
    expect((await stack.baton("quality", "accept", ...reason)).code).toBe(0);
    expect((await stack.baton("quality", "accepted")).stdout).toContain(name);
    expect((await stack.baton("quality", "unaccept", "--test", name)).code).toBe(0);
    expect((await stack.baton("quality", "accept", "--table", "inquiries", ...reason)).code).toBe(0);
    expect((await stack.baton("quality", "accept", run.id, ...reason)).code).toBe(0);
    await stack.json("dlq", "replay", "staging", "--run", run.id);

    await waitFor("gold", async () => ((await stateOf(run.id, "gold")) === "completed" ? true : undefined));
  }, 240_000);

  it("builds the same tables again from the live staging tables", async () => {
    const before = await rowsOf("silver", "gold");

    const again = await stack.json<RunStatus>("run", "--from", "silver", "--watch");

    expect(again.run).toMatchObject({ state: "completed", businessDate: DAYS[4] });
    expect(await rowsOf("silver", "gold")).toEqual(before);
  }, 240_000);

  it("builds silver and gold beside a review that reads them, and removes what a killed review left", async () => {
    const before = await rowsOf("silver", "gold");
    const file = (end: string): string => join(stack.folder, `../dbt/models/gold/held_review.${end}`);
    const inputs = "{{ ref('tenant_status_history') }} join {{ ref('moveouts') }}";
    // the layers of the local stack run the models of this checkout, too
    const config = "{{ config(enabled=env_var('BATON_SEPARATE_BUILD', '') != '') }}";
    await writeFile(file("sql"), `${config} select get_lock('held-review', 300) as id from ${inputs} limit 1`);
    const columns = [{ name: "id", data_type: "int", description: "1 as soon as the test releases its lock" }];
    const model = { name: "held_review", description: "reads live tables for long", columns };
    const models = [{ ...model, config: { meta: { primary_key: ["id"] } } }];
    await writeFile(file("yml"), JSON.stringify({ version: 2, models }));
    const holder = await stack.database.getConnection();
    await holder.query("SELECT GET_LOCK('held-review', 0)");
    const other = await newestRun();

    const killed = stack.start("review", "--base", "HEAD");
    const first = await waitFor("the review to read live tables", async () => (await readingReviews())[0]);
    await killed.end("SIGKILL");
    const reviewed = stack.baton("review", "--base", "HEAD", "--json", "--remote");
    await waitFor("the function to review", async () => (await readingReviews()).some((review) => review !== first));
    // as CI does after a deployment: the command sees no ledger
    const requested = await stack.baton("run", "--from", "silver", "--remote");
    const run = await waitFor("the run", async () => {
      const newest = await newestRun();
      return newest.run_id !== other.run_id && newest.state === "completed" && newest.run_id;
    });
    await holder.query("SELECT RELEASE_LOCK('held-review')");
    holder.release();
    const review = await reviewed;
    for (const end of ["sql", "yml"]) await rm(file(end));

    expect(requested).toMatchObject({ code: 0, stdout: expect.stringMatching(/^requested a run from silver/) as string });
    const { layers } = await status(run);
    expect(layers.map(({ attempts, error }) => [attempts, error])).toEqual(LAYERS.map(() => [1, null]));
    expect(await rowsOf("silver", "gold")).toEqual(before);
    expect(review.stderr).toMatch(/waits: .* was published during the review/);
    expect(JSON.parse(review.stdout)).toMatchObject({
      verdict: "passed",
      models: [{ name: "held_review", rows: { live: 0, review: 1 } }],
    });
    const [left] = await stack.database.query<RowDataPacket[]>("SHOW SCHEMAS LIKE 'review\\_%'");
    expect(left).toEqual([]);
  }, 400_000); // prettier-ignore

  /** Schemas of the reviews whose model reads live tables now. */
  async function readingReviews(): Promise<string[]> {
    const [sessions] = await stack.database.query<(RowDataPacket & { Info: string | null })[]>("SHOW FULL PROCESSLIST");
    return sessions.flatMap(({ Info: sql }) => /^[^]*(review_\w+)_gold[^]*get_lock\('held-review'/.exec(sql ?? "")?.[1] ?? []);
  } // prettier-ignore

  async function newestRun(): Promise<{ run_id: string; state: string }> {
    const [[run]] = await stack.database.query<(RowDataPacket & { run_id: string; state: string })[]>(
      "SELECT run_id, state FROM pipeline.run ORDER BY seq DESC LIMIT 1",
    );
    return run ?? { run_id: "", state: "" };
  }

  it("builds and tests a changed model in a developer's schemas, which live tables do not notice", async () => {
    const live = await checksums("silver", "gold", "silver_next", "gold_next");

    const built = await stack.baton("dbt", "build", "-s", "moveouts+");
    const shown = await stack.baton("dbt", "show", "-s", "moveouts", "--limit", "1");
    const doctor = await stack.baton("doctor");
    const cleaned = await stack.baton("dbt", "clean");
    const reviewed = await stack.baton("review", "--base", "HEAD", "--json");
    // the function of the environment, asked by an event
    const remote = await stack.baton("review", "--base", "HEAD", "--json", "--remote");

    expect(built).toMatchObject({ code: 0, stdout: expect.stringContaining(`_gold.moveout_summary`) as string });
    expect(shown.stdout).toContain("contract_id");
    expect(doctor).toMatchObject({ code: 0, stdout: expect.stringMatching(/ok +developer schemas/) as string });
    expect(cleaned.stdout).toMatch(/^dropped dev_\w+_gold\n$/);
    // uncommitted models are reviewed, too
    expect(JSON.parse(reviewed.stdout)).toMatchObject({ base: "HEAD" });
    const withoutTimes = (json: string): string => json.replaceAll(/"secondsAfter":[\d.]+/g, "");
    expect({ ...remote, stdout: withoutTimes(remote.stdout), stderr: "" }).toEqual({
      ...reviewed,
      ...{ stdout: withoutTimes(reviewed.stdout), stderr: "" },
    });
    expect(remote.stderr).toMatch(/^requested review [0-9a-f-]{36}/);
    expect(await checksums("silver", "gold", "silver_next", "gold_next")).toEqual(live);
  }, 240_000);

  it("restores what the last publication replaced, with the permissions of the operator", async () => {
    const gold = await checksums("gold");

    const restored = await stack.json<{ restored: object[] }>("backups", "restore", "--layer", "gold");

    expect(restored.restored.length).toBeGreaterThan(5);
    expect(await checksums("gold")).not.toEqual(gold);
    await stack.json("backups", "restore", "--layer", "gold");
    expect(await checksums("gold")).toEqual(gold);
  }, 400_000);

  it("shows the state of the pipeline as the README says", async () => {
    const newest = `${DAYS[4]}-`;
    const runs = await stack.baton("runs");
    const shown = await stack.baton("status");
    const report = await stack.baton("report", "--open");
    const adopted = await stack.json<Adoption>("target", "adopt", "--yes");

    expect(runs.stdout.split("\n")[1]).toMatch(new RegExp(`^${newest}\\w+-r3 +completed `));
    expect(shown.stdout).toMatch(new RegExp(`^run ${newest}\\w+-r3 +completed `));
    expect(report).toMatchObject({ code: 0, stderr: "" });
    const page = await readFile(join(programs, "xdg-open.opened"), "utf8");
    expect(report.stdout).toContain(page);
    expect(await readFile(page, "utf8")).toContain(`Good: the data of ${DAYS[4]}`);
    expect((await stack.baton("local", "status")).stdout).toContain(stack.status.endpoint);
    expect((await stack.baton("alerts")).stdout).toContain("FAILED staging");
    expect((await stack.baton("dlq", "list")).stdout).toBe("no DLQ messages match\n");
    expect((await stack.baton("backups", "list")).stdout).toContain("gold");
    expect(await stack.json("target", "show")).toMatchObject({ agrees: true });
    expect(adopted.present.fingerprint).toBe(adopted.previous.fingerprint);
    expect((await stack.baton("grants")).stdout).toContain("GRANT ");
    expect(await stack.baton("doctor")).toMatchObject({ code: 0 });
  }, 400_000);

  it.each(PAGES)("has carried out every command of %s", async (page) => {
    const text = await readFile(join(projectRoot, page), "utf8");
    const carriedOut = new Set(stack.carriedOut.map(shapeOf));

    const named = commandsInPage(text).map(({ words }) => shapeOf(words));

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((shape) => !carriedOut.has(shape) && LEFT_OUT[shape] === undefined)).toEqual([]);
  });

  it("answers wrong usage with exit code 2 and the next step", async () => {
    const wrong = await stack.baton("run", "--dump", join(stack.folder, "nowhere.sql"));
    await rm(join(stack.folder, "nowhere.sql"), { force: true });

    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("nowhere.sql");
    expect((await stack.baton("dlq", "list", "platinum")).code).toBe(2);
    expect((await stack.baton("status", "2020-01-01-00000000")).code).toBe(1);
  });

  it("calls a full disk full, warns about it, and stops", async () => {
    const out = join(stack.folder, "more.sql");
    // only root may mount a file system that can be filled; without one, only the file of the sample is on a full disk
    const ballast = stack.isDiskSmall ? await fillUp(stack.folder, 0) : `${out}.part`;
    if (!stack.isDiskSmall) await symlink("/dev/full", ballast);

    const sample = await stack.baton("sample", "--size", "1MB", "--out", out);
    const table = "CREATE TABLE gold.more AS SELECT * FROM staging.movings";
    const refused = await stack.database.query(table).then(
      () => undefined,
      (error: unknown) => error,
    );
    const doctor = await stack.baton("doctor");
    const down = await stack.baton("local", "down");
    await rm(ballast, { force: true });

    expect(sample).toMatchObject({ code: 1, stderr: expect.stringContaining("error disk-full: ENOSPC") as string });
    expect((await readdir(stack.folder)).filter((name) => name.startsWith("more.sql"))).toEqual([]);
    expect(down).toMatchObject({ code: 0, stderr: "local: stopped\n" });
    if (!stack.isDiskSmall) return;
    expect(judge(refused).pattern).toBe("disk-full");
    expect(doctor.stdout).toMatch(/warning +disk +100 % of the disk/);
  }, 400_000);
});

/** A command without what does not matter here: format, following, and which run, date, layer, dump, test or message. */
function shapeOf(words: readonly string[]): string {
  const isValue = (option = ""): boolean => ["--id", "--reason", "--table", "--test"].includes(option);
  return words
    .filter((word) => word !== "--json" && word !== "--watch")
    .map((word, index, all) => (isValue(all[index - 1]) ? "..." : basename(word)))
    .map((word) => word.replace(/^\d{4}-\d\d-\d\d-[0-9a-f]{8}.*/, "RUN").replace(/^\d{4}-\d\d-\d\d$/, "DAY"))
    .map((word) => word.replace(/^gghouse_\d+\.sql$/, "DUMP"))
    .map((word) => ([...LAYERS, "notify", "refresh"].includes(word) ? "LAYER" : word))
    .join(" ");
}
