import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RowDataPacket } from "mysql2/promise";
import { GetObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Check } from "../../../cli/doctor/check.ts";
import { prepareDump, type PreparedDump } from "../../../cli/run/prepare-dump.ts";
import { uploadDump } from "../../../cli/run/upload-dump.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { engineProgram } from "../../../local/engine-programs.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import type { CopyPlan } from "../../../shared/copy/plan-copy.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import type { ListedRun, RunStatus } from "../../../shared/ledger/reads/read-status.ts";
import type { Report } from "../../../shared/console/data/report.ts";
import { seedLedger } from "../../support/ledger/seed-ledger.ts";
import { testServices } from "../../support/services.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

const COMMANDS = ["runs", "status", "quality", "report", "doctor"];

/**
 * The operator's command in a separate process. It finds the environment as on AWS: by CloudFormation, the account's
 * credentials, and the warehouse in the environment variables.
 */
describe("commands that show an environment", () => {
  let stage: TestStage;
  let folder: string;
  let newest: string;
  let aws: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const { host: server, port: at, user: username, password: secret } = testServices().database;
    const secrets = new SecretsManagerClient(clientOptions(testServices().emulator));
    const SecretString = JSON.stringify({ username, password: secret });
    const { ARN = "" } = await secrets.send(new CreateSecretCommand({ Name: `move-${randomUUID()}`, SecretString }));
    secrets.destroy();
    const place = `${server}:${at}`;
    stage = await deployStage({
      params: { migrateFrom: place, migrateTo: place, migrateFromSecretArn: ARN, migrateToSecretArn: ARN },
    });
    folder = await mkdtemp(join(testServices().folder, "commands-"));
    const ledger = await openLedger(stage.access.warehouse, {});
    ({ newestRunId: newest } = await seedLedger(ledger.pool, { runs: 6, newest: "blocked", lastDay: "2026-02-07" }));
    await ledger.pool.end();
    const { endpoint, region, env } = testServices().emulator;
    const { host, port, user, password, schemaPrefix } = stage.access.warehouse;
    aws = {
      ...{ ...env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, NODE_ENV: "" },
      ...{ AURORA_ENDPOINT: host, AURORA_PORT: String(port), AURORA_USER: user, AURORA_PASSWORD: password },
      ...{ BATON_DATABASE_TLS: "disabled", BATON_SCHEMA_PREFIX: schemaPrefix, BATON_STATE: join(folder, "no-stack") },
    };
  }, 180_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await stage.dispose();
  });

  async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Answer> {
    const { BATON_TEST_SERVICES: _, ...environment } = process.env;
    const options = { cwd: projectRoot, env: { ...environment, ...aws, ...env } };
    try {
      return { code: 0, ...(await promisify(execFile)(join(projectRoot, "baton"), args, options)) };
    } catch (error) {
      // execFile adds these to its error
      return error as Answer;
    }
  }
  const baton = (...args: string[]): Promise<Answer> => run(["--stage", stage.status.stage, ...args]);
  async function json<T>(...args: string[]): Promise<T> {
    return JSON.parse((await baton(...args, "--json")).stdout) as T; // the tests assert the expected type
  }

  it("explains each command with examples", async () => {
    const helps = await Promise.all(COMMANDS.map((command) => run([command, "--help"])));

    for (const [index, { code, stdout }] of helps.entries()) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/--json +print /);
      expect(stdout).toMatch(new RegExp(String.raw`Examples:\n +\./baton ${COMMANDS[index] ?? ""}`));
    }
  });

  it("explains a usage error, and exits with 2", async () => {
    const wrong = [
      ["runs", "--limit", "0"],
      ["runs", "--state", "lost"],
      ["runs", "--date", "2026-02-30"],
      ["status", "one", "two"],
      ["report", "--colour"],
      ["doctor", "now"],
      ["quality", "--test"],
    ];
    const answers = await Promise.all(wrong.map((args) => run(args)));

    expect(answers.map(({ code, stdout }) => [code, stdout])).toEqual(wrong.map(() => [2, ""]));
    for (const { stderr } of answers) expect(stderr).toMatch(/^error: .*\n\(run with --help for usage\)/);
  });

  it("names what is missing and the next command, and exits with 1", async () => {
    const nowhere = await Promise.all(COMMANDS.map((command) => run([command, "--json"])));
    const unknown = await Promise.all([
      baton("status", "2026-01-01-00000000", "--json"),
      baton("quality", "2026-01-01-00000000", "--json"),
      baton("report", "--run", "2026-01-01-00000000", "--json"),
    ]);
    const notDeployed = await run(["--stage", "nowhere", "status"]);

    for (const { code, stdout } of nowhere) {
      expect(code).toBe(1);
      expect(stdout).toContain("the local stack is not running");
      expect(stdout).toContain("./baton local up");
    }
    const errors = unknown.map(
      ({ stdout }) => (JSON.parse(stdout) as { error: { code: string; advice: string } }).error,
    );
    expect(unknown.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(errors.map(({ code }) => code)).toEqual(["RUN_UNKNOWN", "QUALITY_UNKNOWN", "RUN_UNKNOWN"]);
    for (const { advice } of errors) expect(advice).toContain("runs");
    expect(notDeployed).toMatchObject({ code: 1, stdout: "" });
    expect(notDeployed.stderr).toMatch(/^error STAGE_NOT_DEPLOYED: .*nowhere.*\n {2}next: deploy\/deploy nowhere/);
  });

  it("lets the function migrate plan a move between the servers of its configuration, and refuses other servers", async () => {
    const planned = await baton("migrate", "plan", "--remote", "--json");
    const refused = await baton("migrate", "plan", "--remote", "--from", "mysql://root@elsewhere.example");

    expect(planned).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^requested migrate [0-9a-f-]{36}\n$/) as string,
    });
    const { tables, obstacles } = JSON.parse(planned.stdout) as CopyPlan;
    expect(obstacles.map(({ code }) => code)).toContain("COPY_SAME_SERVER");
    expect(tables.map(({ name }) => name)).toContain("layer_run");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--remote moves between") as string });
  }, 120_000);

  it("uploads a dump once, and overwrites another dump only with --replace", async () => {
    const { s3, bucket } = stage.access;
    const file = join(folder, "gghouse_20260114.sql");
    const prepare = async (content: string): Promise<PreparedDump> => {
      await writeFile(file, content);
      return prepareDump(file, undefined);
    };
    const versions = async (): Promise<number> =>
      (await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: "dumps/gghouse_20260114" }))).Versions
        ?.length ?? 0;
    const good = await prepare("good");

    expect(await uploadDump(good, { s3, bucket, existing: "keep" })).toEqual([]);
    expect(await uploadDump(good, { s3, bucket, existing: "keep" })).toEqual([]);
    expect(await versions()).toBe(1);

    const other = await prepare("other");
    const refused = uploadDump(other, { s3, bucket, existing: "keep" });
    await expect(refused).rejects.toMatchObject({ code: "DUMP_EXISTS" });
    await expect(refused).rejects.toThrow(
      `s3://${bucket}/${good.dumpKey} and s3://${bucket}/${good.manifestKey} exist`,
    );
    expect(await versions()).toBe(1);

    const replaced = await uploadDump(other, { s3, bucket, existing: "replace" });
    expect(replaced.map(({ key }) => key)).toEqual([good.dumpKey, good.manifestKey]);
    const old = { Bucket: bucket, Key: good.dumpKey, VersionId: replaced[0]?.versionId };
    const { Body } = await s3.send(new GetObjectCommand(old));
    expect(await Body?.transformToString()).toBe("good");
  });

  it("reports that there is no run yet", async () => {
    // the environment's own users have no rights on another warehouse's schemas
    const { user, password } = testServices().database;
    const env = { BATON_SCHEMA_PREFIX: `${stage.warehouse.prefix}new_`, AURORA_USER: user, AURORA_PASSWORD: password };
    const at = (...args: string[]): Promise<Answer> => run(["--stage", stage.status.stage, ...args], env);
    const [runs, none, status, report] = [
      await at("runs"),
      await at("runs", "--json"),
      await at("status"),
      await at("report", "--json"),
    ];

    expect(runs).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^there is no run yet: .*run --dump FILE/) as string,
    });
    expect(none.stdout).toBe("[]\n");
    expect(status).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("RUN_UNKNOWN: there is no run yet") as string,
    });
    expect((JSON.parse(report.stdout) as Report).today.state).toBe("not-good");
  });

  it("lists runs with their status", async () => {
    const runs = await json<ListedRun[]>("runs", "--limit", "3");
    const failed = await json<ListedRun[]>("runs", "--state", "failed");
    const ofDay = await baton("runs", "--date", "2026-02-07");

    expect(runs).toHaveLength(3);
    expect(runs[0]).toMatchObject({
      id: newest,
      state: "failed",
      businessDate: "2026-02-07",
      durationMs: expect.any(Number) as number,
    });
    expect(runs[0]?.layers.map(({ name, state, code }) => [name, state, code])).toEqual([
      ["staging", "completed", null],
      ["silver", "failed", "QUALITY_TESTS_FAILED"],
    ]);
    expect(failed.every(({ state }) => state === "failed")).toBe(true);
    expect(ofDay.stdout.split("\n")[1]).toMatch(
      new RegExp(`^${newest} +failed +2026-02-07 07:00 .* silver: QUALITY_TESTS_FAILED$`),
    );
    expect((await baton("runs", "--date", "2025-01-01")).stdout).toBe("no run of 2025-01-01\n");
  });

  it("shows a run, why it failed, and the next command with --stage", async () => {
    const shown = await baton("status");
    const { run: ofJson, layers } = await json<RunStatus>("status", newest);

    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(new RegExp(`^run ${newest} +failed +started 2026-02-07 07:00:0\\d JST`));
    expect(shown.stdout).toContain(
      "silver: QUALITY_TESTS_FAILED 1 test of silver failed: unique_int_contracts_column_2",
    );
    expect(shown.stdout).toContain(`./baton --stage ${stage.status.stage} dlq replay silver`);
    expect(ofJson).toMatchObject({ id: newest, state: "failed" });
    expect(layers.map(({ name, state, attempts }) => [name, state, attempts])).toEqual([
      ["staging", "completed", 1],
      ["silver", "failed", 1],
      ["gold", "pending", 0],
    ]);
  });

  it("follows a run to its end: each change on stderr, the result on stdout, the exit code by the result", async () => {
    const [before] = (await json<ListedRun[]>("runs", "--state", "completed")).map(({ id }) => id);
    const [failed, completed] = [
      await baton("status", newest, "--watch", "--json"),
      await baton("status", before ?? "", "--watch"),
    ];

    expect([failed.code, completed.code]).toEqual([1, 0]);
    expect((JSON.parse(failed.stdout) as RunStatus).run.id).toBe(newest);
    expect(failed.stderr.trim().split("\n")).toHaveLength(2);
    expect(failed.stderr).toContain(`${newest}  silver failed, attempt 1`);
    expect(completed.stdout).toMatch(new RegExp(`^run ${before ?? ""} +completed`));
  });

  it("shows the results of data tests", async () => {
    const found = await json<{ run: { id: string }; results: { test: string; status: string }[] }>("quality");
    const one = await baton("quality", newest, "--test", "unique_int_contracts_column_2");

    expect(found.run.id).toBe(newest);
    expect(found.results.filter(({ status }) => status === "fail").map(({ test }) => test)).toEqual([
      "unique_int_contracts_column_2",
    ]);
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining("unique_int_contracts_column_2") as string });
    expect(await baton("quality", "--test", "no_such_test")).toMatchObject({ code: 1 });
  });

  it("accepts failures with person and reason, more than once, lists them and removes them", async () => {
    const test = "unique_int_contracts_column_2";
    type Accepted = { run: { id: string }; accepted: { test: string; acceptedBy: string; reason: string }[] };
    const accept = (...args: string[]) => json<Accepted>("quality", "accept", "--reason", ...args);

    const dry = await accept("looked", "--dry-run");
    const before = await json<Accepted>("quality", "accepted");
    const first = await baton("quality", "accept", newest, "--test", test, "--reason", "seen", "--by", "mari");
    const second = await accept("seen again", "--by", "ken");
    const listed = await json<Accepted>("quality", "accepted", newest);
    const forPeople = await baton("quality", "accepted");
    const back = await json<{ removed: { test: string }[] }>("quality", "unaccept", newest, "--test", test);
    const after = await json<Accepted>("quality", "accepted");
    const nothing = await baton("quality", "unaccept");

    expect(dry.accepted.map((accepted) => accepted.test)).toEqual([test]);
    expect([before.accepted, after.accepted]).toEqual([[], []]);
    expect(first.stdout).toMatch(new RegExp(`^accepted for run ${newest} by mari:[^]*${test}`));
    expect(first.stdout).toContain(`./baton --stage ${stage.status.stage} dlq replay silver --run ${newest}`);
    expect(second).toMatchObject({ acceptedBy: "ken", reason: "seen again" });
    expect(listed.accepted).toEqual([expect.objectContaining({ test, acceptedBy: "ken", reason: "seen again" })]);
    expect(forPeople.stdout).toMatch(
      new RegExp(`silver +${test} +ken +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +seen again`),
    );
    expect(back.removed.map((taken) => taken.test)).toEqual([test]);
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining("NOTHING_ACCEPTED") as string });
  });

  it("accepts no unknown or passed test and no missing reason, and suggests similar names", async () => {
    const results = (await json<{ results: { test: string; status: string }[] }>("quality")).results;
    const passed = results.find(({ status }) => status === "pass")?.test ?? "";
    const wrong = await Promise.all([
      baton("quality", "accept", "--reason", "x", "--test", "unique_int_contract_column_2"),
      baton("quality", "accept", "--reason", "x", "--test", passed),
      baton("quality", "accept", "--reason", "x", "--table", "int_contrcts"),
      baton("quality", "accept", "2026-01-01-00000000", "--reason", "x"),
      baton("quality", "--test", "unique_int_contracts_colum_2"),
      baton("quality", "accept"),
    ]);

    expect(wrong.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 2]);
    const said = wrong.map(({ stderr }) => stderr.split("\n")[0]);
    expect(said).toEqual([
      expect.stringMatching(/has no test unique_int_contract_column_2; did you mean .*unique_int_contracts_column_2/),
      expect.stringMatching(/^error NOTHING_TO_ACCEPT: test .* did not fail: its result is pass$/),
      expect.stringMatching(/has no tests of int_contrcts; did you mean int_contracts\?/),
      expect.stringContaining("QUALITY_UNKNOWN"),
      expect.stringMatching(/TEST_UNKNOWN: .*; did you mean .*unique_int_contracts_column_2/),
      expect.stringContaining("required option '--reason <text>' not specified"),
    ]);
    expect(await json<object>("quality", "accepted")).toMatchObject({ accepted: [] });
  });

  it("writes the console page of the requested run to the requested file", async () => {
    const file = join(folder, "page", "run.html");
    const { history, today } = await json<Report>("report");
    const before = history[1]?.id ?? "";

    const written = await baton("report", "--run", before, "--out", file);

    expect(written).toMatchObject({ code: 0, stderr: "" });
    expect(written.stdout).toBe(`${today.headline}\n${file}\n`);
    const page = await readFile(file, "utf8");
    expect(page).toContain(`Run <code>${before}</code>`);
    expect(page).toContain(`./baton --stage ${stage.status.stage} `);
  });

  it("starts the database client that is installed, as the reader, and passes its exit code on", async () => {
    const { command, first, env } = engineProgram("client");
    const installed = join(folder, "bin");
    await mkdir(installed);
    const words = [command, ...first].map((word) => `'${word}'`).join(" ");
    await writeFile(join(installed, "mysql"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    const path = { ...env, PATH: `${installed}:${process.env["PATH"] ?? ""}` };
    const sql = (...args: string[]): Promise<Answer> => run(["--stage", stage.status.stage, "sql", ...args], path);

    const [read, refused] = [
      await sql("-e", "SELECT CURRENT_USER() AS who", "--", "--batch"),
      await sql("--execute", `DELETE FROM \`${stage.warehouse.prefix}pipeline\`.run`),
    ];

    expect(read).toEqual({ code: 0, stdout: `who\n${stage.warehouse.prefix}reader@127.0.0.1\n`, stderr: "" });
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("denied") as string });
  });

  it("says of a log what is missing", async () => {
    const answers = [
      await baton("logs", "platinum"),
      await run(["--stage", "nowhere", "logs", "silver"]),
      await baton("logs", "silver", "--run", newest),
    ];

    expect(answers.map(({ code }) => code)).toEqual([2, 1, 0]);
    expect(answers[0]?.stderr).toMatch(/there is no function platinum\n.*The functions are staging, silver, gold, /);
    expect(answers[1]?.stderr).toMatch(/^error STAGE_NOT_DEPLOYED: .*baton-nowhere-silver\n.*deploy\/deploy/);
    expect(answers[2]?.stdout).toBe(`silver has logged nothing about run ${newest}\n`);
  });

  it("exits with 1 for failed checks, and with 0 for warnings only", async () => {
    const { checks } = await json<{ checks: Check[] }>("doctor");
    const failed = checks.filter(({ state }) => state === "failed").map(({ name }) => name);
    const broken = await baton("doctor");
    const refused = await run(["--stage", stage.status.stage, "doctor"], { AURORA_PASSWORD: "wrong" });
    await stage.warehouse.pool.query(`UPDATE \`${stage.warehouse.prefix}pipeline\`.run SET state = 'completed'`);
    const well = await baton("doctor");

    expect(failed).toEqual(["newest run"]);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(
      /failed +newest run +\S+ failed in silver: QUALITY_TESTS_FAILED\n +fix: \.\/baton --stage/,
    );
    expect(refused.code).toBe(1);
    expect(refused.stdout).not.toContain("wrong");
    expect(well).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\d+ ok, [1-9]\d* warnings?, 0 failed\n$/) as string,
    });
  }, 60_000);

  it("reads another warehouse with a warning, and refuses runs there", async () => {
    const target = `\`${stage.warehouse.prefix}pipeline\`.target`;
    const { pool } = stage.warehouse;
    const [[row]] = await pool.query<RowDataPacket[]>(
      `SELECT server_identity, CAST(members AS CHAR) AS members FROM ${target}`,
    );
    await pool.query(
      `UPDATE ${target} SET server_identity = 'server_uid=elsewhere', members = '["server_uid=elsewhere"]'`,
    );

    const read = await Promise.all([
      baton("status"),
      baton("runs"),
      baton("report", "--json"),
      baton("backups", "list"),
    ]);
    const started = await baton("run", "--date", "2026-02-07");
    await pool.query(`UPDATE ${target} SET ?`, [row]);

    for (const { code, stderr } of read) {
      expect(code).toBe(0);
      expect(stderr).toMatch(/^warning TARGET_MOVED: .*Reading only; runs are refused\n$/);
    }
    expect(started).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error TARGET_MOVED/) as string });
  });

  it("fails without credentials or region, and names the settings", async () => {
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_EC2_METADATA_DISABLED: "true" };
    const home = {
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    };

    const args = ["--stage", stage.status.stage];
    const answers = [
      await run([...args, "doctor"], { ...none, ...home }),
      await run([...args, "status", "--json"], { ...none, ...home }),
      await run([...args, "dlq", "list", "--json"], { ...none, ...home }),
      await run([...args, "logs", "silver", "--json"], { ...none, ...home }),
      await run([...args, "status", "--json"], { ...home, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined }),
      await run([...args, "status", "--json"], { ...home, AWS_REGION: "" }),
    ];

    expect(answers.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(answers[0]?.stdout).toMatch(
      /failed +stage +no valid AWS credentials.*\n +fix: .*aws sts get-caller-identity/,
    );
    expect(answers.slice(1).map(({ stdout }) => JSON.parse(stdout) as object)).toEqual(
      [...Array<string>(3).fill("credentials"), ...Array<string>(2).fill("region")].map((setting) => ({
        error: {
          code: "AWS_NOT_CONFIGURED",
          message: expect.stringContaining(`no valid AWS ${setting}`) as string,
          advice: expect.stringContaining("AWS_REGION") as string,
        },
      })),
    );
  });
});
