import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { dbt, dbtFolder, python } from "../integration/dbt/dbt-command.ts";
import { loadStaging, smallBusiness } from "../integration/dbt/small-business.ts";
import { CutProxy } from "../support/faults/cut-proxy.ts";
import { testServices } from "../support/services.ts";
import { testWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 600_000;
/** A stop takes some seconds: `.ci/run` makes more of them. */
const STOPS = process.env["BATON_TESTS"] === "full" ? 8 : 1;
const SEED = Number(process.env["BATON_FAULT_SEED"] ?? 20260207);

/** Closes connections of the adapter while another thread reads from them, as dbt does when it is stopped. */
const CLOSE_WHILE_READING = `
import sys, threading
from types import SimpleNamespace
from baton_dbt.moved_modules import restore_moved_modules
restore_moved_modules()
import mysql.connector
from baton_dbt.mysql_adapter import connection_arguments

server, port, username, password = sys.argv[1:]
credentials = SimpleNamespace(server=server, port=int(port), username=username, password=password, tls="disabled")
for _ in range(3):
    handle = mysql.connector.connect(**connection_arguments(credentials))
    reads = threading.Event()
    def read():
        try:
            with handle.cursor() as cursor:
                while True:
                    cursor.execute("select repeat('x', 100000) from information_schema.columns limit 50")
                    cursor.fetchall()
                    reads.set()
        except Exception as error:
            print(type(error).__name__)
    thread = threading.Thread(target=read)
    thread.start()
    reads.wait()
    handle.close()
    thread.join()
print("closed")
`;

/** Aurora requires TLS. The C extension of mysql-connector crashes when one thread closes a connection that another reads. */
describe("dbt with TLS on MySQL", () => {
  const warehouse = testWarehouse(testServices("mysql").database);
  const user = `${warehouse.prefix}tls`;
  const { host, port, password } = warehouse.config;

  // a new user: the server does not know the password's hash yet, so that the first login needs TLS as well
  beforeAll(async () => {
    await warehouse.pool.query(`CREATE USER ${user} IDENTIFIED WITH caching_sha2_password BY ? REQUIRE SSL`, [
      password,
    ]);
    await warehouse.pool.query(`GRANT ALL PRIVILEGES ON *.* TO ${user}`);
    await loadStaging(warehouse, smallBusiness);
  });
  afterAll(async () => {
    await warehouse.pool.query(`DROP USER ${user}`);
    await warehouse.dispose();
  });

  it(
    "survives that a connection is closed while another thread reads from it",
    async () => {
      const { stdout } = await promisify(execFile)(
        python,
        ["-c", CLOSE_WHILE_READING, host, String(port), user, password],
        { env: { ...process.env, PYTHONPATH: dbtFolder, PYTHONDONTWRITEBYTECODE: "1" } },
      );

      expect(stdout.trim().split("\n").at(-1)).toBe("closed");
    },
    TIMEOUT_MS,
  );

  it(
    "names the lost connection when it breaks before the first node",
    async () => {
      const proxy = await CutProxy.start([{ host, port }]);
      // after the login, at a query of on-run-start
      proxy.cutAfter(11);

      const config = { ...warehouse.config, user, port: proxy.ports[0] ?? 0 };
      const run = await dbt(config, ["build", "--select", "stg_rooms"], { vars: { build_layer: "silver" } });

      await proxy.stop();
      expect(run.events.find(({ info }) => info.name === "MainEncounteredError")?.info.msg).toMatch(
        /^Encountered an error:\nDatabase Error\n.*2013/,
      );
      expect(run.results).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    `reports a result for every node when it is stopped at any moment (seed ${SEED})`,
    async () => {
      const random = xoroshiro128plus(SEED);
      // one folder: only the first run parses the project
      const folder = await mkdtemp(join(testServices().folder, "stops-"));
      for (let stop = 0; stop < STOPS; stop += 1) {
        const afterNodes = uniformInt(random, 1, 30);
        const run = await dbt({ ...warehouse.config, user }, ["build", "--select", "tag:silver"], {
          folder,
          vars: { build_layer: "silver" },
          started: (child) => {
            let begun = 0;
            child.stdout?.on("data", (chunk: Buffer) => {
              begun += chunk.toString().split('"NodeStart"').length - 1;
              if (begun >= afterNodes) child.kill("SIGTERM");
            });
          },
        });

        // 143: stopped in order; a crash ends by a signal, without an exit code
        const statuses = new Set(run.results.map(({ status }) => status));
        expect({ afterNodes, exitCode: run.exitCode, skips: statuses.has("skipped") }).toEqual({
          afterNodes,
          exitCode: 143,
          skips: true,
        });
      }
    },
    TIMEOUT_MS,
  );
});
