import { execFileSync, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { quoteTable } from "../../../shared/warehouse/tables/identifier.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { listSessions, type Session } from "../../../shared/warehouse/connection/list-sessions.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { waitFor } from "../../support/wait-for.ts";
import { dbt, dbtFolder, python, RUN, withStatus } from "./dbt-command.ts";
import { loadStaging, smallBusiness } from "./small-business.ts";

const TIMEOUT_MS = 180_000;
const SILVER = { vars: { build_layer: "silver" } };

const MODELS_ONLY = ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"];

/** Python code that runs at start-up: no semaphore can be created, as in Lambda. */
const NO_SEMAPHORES = `
import _multiprocessing, errno
class SemLock:
    SEM_VALUE_MAX = 1
    def __init__(self, *arguments, **options):
        raise OSError(errno.ENOSYS, "Function not implemented")
_multiprocessing.SemLock = SemLock
`;

function canMakeMountNamespaces(): boolean {
  try {
    execFileSync("unshare", ["-m", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function stopWhen(child: ChildProcess, isTime: () => Promise<boolean>): Promise<void> {
  while (child.exitCode === null && !(await isTime())) await wait(100);
  child.kill("SIGTERM");
}

/** True for a session whose statement waits for a lock on a table. */
function isWaiting({ state }: Session): boolean {
  return state.startsWith("Waiting for table");
}

describe("the dbt launcher", () => {
  const warehouse = testWarehouse();
  const rooms = quoteTable(`${warehouse.prefix}staging`, "rooms");

  beforeEach(() => loadStaging(warehouse, smallBusiness));
  afterAll(() => warehouse.dispose());

  it(
    "needs no semaphores of the operating system",
    async () => {
      const site = mkdtempSync(join(tmpdir(), "baton-site-"));
      writeFileSync(join(site, "sitecustomize.py"), NO_SEMAPHORES);
      const makesOne = ["-c", "import multiprocessing; multiprocessing.get_context('spawn').RLock()"];

      const run = await dbt(warehouse.config, ["build", "--select", "tag:silver", ...MODELS_ONLY], {
        ...SILVER,
        env: { PYTHONPATH: site },
      });

      expect(() => execFileSync(python, makesOne, { env: { PYTHONPATH: site }, stdio: "pipe" })).toThrow("Errno 38");
      expect({ exitCode: run.exitCode, failed: withStatus(run, "error", "fail") }).toEqual({ exitCode: 0, failed: [] });
    },
    TIMEOUT_MS,
  );

  (canMakeMountNamespaces() ? it : it.skip)(
    "works where the project and /dev/shm are read-only and there is no home",
    async () => {
      const readOnly = `mount --bind "${dbtFolder}" "${dbtFolder}" && mount -o remount,bind,ro "${dbtFolder}"
        mount -t tmpfs -o ro,size=4k none /dev/shm
        ! touch "${dbtFolder}/written" 2>/dev/null && exec "$@"`;

      const run = await dbt(warehouse.config, ["run", "--select", "stg_rooms"], {
        ...SILVER,
        env: { HOME: undefined },
        within: ["unshare", "-m", "sh", "-c", readOnly, "sh"],
      });

      expect({ exitCode: run.exitCode, output: run.output }).toMatchObject({ exitCode: 0 });
    },
    TIMEOUT_MS,
  );

  it(
    "kills its statements when it is stopped, and a retry continues from there",
    async () => {
      const waiting = async (): Promise<Session[]> =>
        (await listSessions(warehouse.pool)).filter(
          (session) =>
            isWaiting(session) &&
            session.statement.includes("model.baton.stg_rooms") &&
            session.statement.includes(`${warehouse.prefix}staging`),
        );
      const blocker = await connect(warehouse.config);
      await blocker.query(`LOCK TABLES ${rooms} WRITE`);

      const stopped = await dbt(warehouse.config, ["build", "--select", "tag:silver", ...MODELS_ONLY], {
        ...SILVER,
        started: (child) => void stopWhen(child, async () => (await waiting()).length > 0),
      });
      const left = await waiting();
      await blocker.end();

      expect(stopped.exitCode).toBe(143);
      expect(stopped.output).toContain("stopped by SIGTERM");
      expect(stopped.output).not.toContain("Traceback");
      expect(left).toEqual([]);
      const statuses = Object.fromEntries(stopped.results.map(({ name, status }) => [name, status]));
      expect(statuses).toMatchObject({ stg_rooms: "error", int_contracts: "skipped" });

      const retried = await dbt(warehouse.config, ["retry", "--state", join(stopped.folder, "target")], SILVER);

      expect(withStatus(retried, "error", "skipped")).toEqual([]);
      const notDone = Object.keys(statuses).filter((name) => statuses[name] !== "success");
      expect(withStatus(retried, "success").sort()).toEqual(notDone.sort());
    },
    TIMEOUT_MS,
  );

  it(
    "reports the nodes that did not run when its connections are cut and it is then stopped",
    async () => {
      const schema = `${warehouse.prefix}staging`;
      const sessions = async (): Promise<Session[]> =>
        (await listSessions(warehouse.pool)).filter((session) => session.schema === schema);
      const cutTheIdle = async (): Promise<boolean> => {
        const found = await sessions();
        // another thread has run a node and keeps its connection open
        if (!found.some(isWaiting) || found.length < 3) return false;
        for (const { id } of found.filter((session) => !isWaiting(session))) await warehouse.pool.query(`KILL ${id}`);
        return true;
      };
      const blocker = await connect(warehouse.config);
      await blocker.query(`LOCK TABLES ${rooms} WRITE`);

      const stopped = await dbt(warehouse.config, ["build", "--select", "tag:silver", ...MODELS_ONLY], {
        ...SILVER,
        env: { BATON_DEFAULT_SCHEMA: schema, BATON_DBT_THREADS: "4" },
        started: (child) => void stopWhen(child, cutTheIdle),
      });
      await blocker.end();

      expect(stopped.exitCode).toBe(143);
      // the server ends the sessions of a process that has ended when it reads from their connections
      await waitFor("no session of dbt", async () => (await sessions()).length === 0);
      const statuses = Object.fromEntries(stopped.results.map(({ name, status }) => [name, status]));
      expect(statuses).toMatchObject({ stg_rooms: "error", int_contracts: "skipped" });
    },
    TIMEOUT_MS,
  );

  it(
    "retries only the failed nodes and those that depend on them",
    async () => {
      await warehouse.pool.query(`ALTER TABLE ${rooms} MODIFY room_floor varchar(10)`);
      await warehouse.pool.query(`UPDATE ${rooms} SET room_floor = 'attic' WHERE id = 1`);
      const failed = await dbt(warehouse.config, ["build", "--select", "tag:silver", "--exclude-resource-type", "unit_test"], SILVER); // prettier-ignore
      await warehouse.pool.query(`UPDATE ${rooms} SET room_floor = '9' WHERE id = 1`);

      const retried = await dbt(warehouse.config, ["retry", "--state", join(failed.folder, "target")], SILVER);

      expect(withStatus(failed, "error")).toEqual(["stg_rooms"]);
      expect(withStatus(failed, "skipped")).toContain("int_contracts");
      expect(retried.exitCode).toBe(0);
      const done = [...withStatus(failed, "error"), ...withStatus(failed, "skipped")];
      expect(retried.results.map(({ name }) => name).sort()).toEqual(done.sort());
    },
    TIMEOUT_MS,
  );

  it(
    "reports status, time and rows of each node, and never the password",
    async () => {
      const password = "a-pässwörd-that-occurs-nowhere-else";
      const user = `${warehouse.prefix}dbt`;
      await warehouse.pool.query("CREATE USER ?@'%' IDENTIFIED BY ?", [user, password]);
      await warehouse.pool.query("GRANT ALL ON *.* TO ?@'%'", [user]);

      const run = await dbt({ ...warehouse.config, user, password }, ["run", "--select", "stg_rooms"], SILVER);

      await warehouse.pool.query("DROP USER ?@'%'", [user]);
      const finished = run.events.filter(({ info }) => info.name === "NodeFinished");
      expect(finished.map(({ data }) => data).at(-1)).toMatchObject({
        node_info: { node_name: "stg_rooms", resource_type: "model", unique_id: "model.baton.stg_rooms" },
        run_result: { status: "success", adapter_response: { rows_affected: 3 } },
      });
      const written = readdirSync(run.folder, { recursive: true, encoding: "utf8", withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      expect(written.length).toBeGreaterThan(3);
      expect(written.filter((file) => readFileSync(file).includes(password))).toEqual([]);
      expect(run.output).not.toContain(password);
    },
    TIMEOUT_MS,
  );

  it("repeats a statement that a deadlock rolled back", async () => {
    const once = `${warehouse.prefix}staging.deadlock_once`;
    await warehouse.pool.query(`CREATE FUNCTION ${once}() RETURNS int NO SQL BEGIN
      IF @tried IS NULL THEN SET @tried = 1; SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF;
      RETURN @tried; END`);

    const run = await dbt(warehouse.config, ["show", "--inline", `select ${once}() as tried`]);

    expect(run).toMatchObject({ exitCode: 0, output: expect.stringContaining("tried") as string });
  });

  it("exits at once when its parent process was killed before the start", async () => {
    const parent = spawnSync("true").pid;

    const orphan = await dbt(warehouse.config, ["build", "--select", "tag:silver"], {
      ...SILVER,
      env: { BATON_PARENT_PID: String(parent) },
    });

    expect(orphan).toMatchObject({ exitCode: -1, output: "", results: [] });
  });

  it(
    "builds nothing for an attempt that was taken over",
    async () => {
      const { pool } = await openLedger(warehouse.config, {});
      const attempt = { runId: RUN.run_id, layer: "silver", attempt: 1 };
      await pool.query(
        `REPLACE INTO layer_run (run_id, layer, state, attempt, caused_by, started_at, claimed_at, heartbeat_at)
          VALUES (?, 'silver', 'running', 2, 'test', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`,
        [RUN.run_id],
      );
      const build = (number: number) =>
        dbt(warehouse.config, ["run", "--select", "stg_rooms"], {
          ...SILVER,
          env: {
            BATON_SCHEMA_PREFIX: warehouse.prefix,
            BATON_ATTEMPT: JSON.stringify({ ...attempt, attempt: number }),
          },
        });

      const [late, present] = [await build(1), await build(2)];

      await pool.end();
      expect(late.exitCode).not.toBe(0);
      expect(late.output).toContain("attempt 1 of silver in run run-1 was taken over by another one");
      expect(withStatus(present, "success")).toEqual(["stg_rooms"]);
    },
    TIMEOUT_MS,
  );

  it("uses no clock: the business date is the only date", () => {
    const clock =
      /\b(now|curdate|curtime|sysdate|unix_timestamp)\(|\b(current_(date|time|timestamp)|localtime(stamp)?|utc_(date|time|timestamp))\b|run_started_at|modules\.datetime/i;

    const files = readdirSync(dbtFolder, { recursive: true, encoding: "utf8" }).filter((file) =>
      /^(models|macros|tests)\/.*\.(sql|yml)$|^dbt_project\.yml$/.test(file),
    );
    const reading = files.filter((file) => clock.test(readFileSync(join(dbtFolder, file), "utf8")));

    expect(files.length).toBeGreaterThan(80);
    expect(reading).toEqual([]);
  });
});
