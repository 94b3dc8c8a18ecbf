import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../../local/free-port.ts";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";
import { manifestSchema } from "../../../shared/dbt/dbt-artifacts.ts";

const python = join(batonHome, "venv/bin/python");
const launcher = join(projectRoot, "dbt/launcher.py");

/** No command of this test connects: these only fill the profile. */
function environment(home: string): NodeJS.ProcessEnv {
  const server = { AURORA_ENDPOINT: "none", AURORA_USER: "none", AURORA_PASSWORD: "none" };
  return {
    PATH: process.env["PATH"],
    HOME: home,
    PYTHONUNBUFFERED: "1",
    ...server,
    BATON_DATABASE_TLS: "disabled",
    BATON_DBT_HOME: home,
  };
}

describe("the documentation of the dbt project", () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "baton-dbt-docs-"));
  });

  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it("describes every model, seed and test, with the arguments of the test", async () => {
    const vars = JSON.stringify({ business_date: "2026-02-07", run_id: "docs" });
    execFileSync(python, [launcher, "--quiet", "parse", "--vars", vars], { env: environment(home) });

    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(home, "target/manifest.json"), "utf8")));

    // test/unit/dbt/model-descriptions.test.ts reads the YAML of singular tests; dbt forgets it in a partial parse
    const nodes = Object.values(manifest.nodes).filter(
      (node) => node.resource_type !== "operation" && !/^tests\/.*\.sql$/.test(node.original_file_path),
    );
    const textOf = (start: string) => nodes.find(({ unique_id }) => unique_id.startsWith(start))?.description;
    expect(nodes.length).toBeGreaterThan(200);
    expect(nodes.filter(({ description }) => description === "" || description.includes("$"))).toEqual([]);
    expect(textOf("test.baton.relationships_int_contracts_room_id")).toBe(
      "Every value of `room_id` exists in `room_id` of `stg_rooms`.",
    );
    expect(textOf("test.baton.source_not_null_staging_movings_id")).toBe("Every row has a value in `id`.");
  }, 240_000);

  it("is served, readable on a phone, until Ctrl-C", async () => {
    await mkdir(join(home, "target"));
    const port = await freePort();
    const args = ["docs", "serve", "--no-browser", "--port", String(port)];
    const server = spawn(python, [launcher, ...args], { env: environment(home), stdio: ["ignore", "pipe", "pipe"] });
    try {
      const lines: string[] = [];
      let errors = "";
      server.stderr.on("data", (text: Buffer) => (errors += text.toString()));
      const reader = createInterface({ input: server.stdout });
      const isServing = new Promise<void>((resolve) =>
        reader.on("line", (line) => {
          lines.push(line);
          if (line.startsWith("Press Ctrl+C")) resolve();
        }),
      );
      await Promise.race([isServing, once(server, "close")]);

      const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      server.kill("SIGINT");
      const [code] = (await once(server, "close")) as [number | null]; // as node documents it

      expect(page).toMatch(/<head><style>\n@media \(max-width: 767px\)/);
      expect({ code, errors, last: lines.at(-1) }).toEqual({ code: 0, errors: "", last: "stopped" });
    } finally {
      server.kill("SIGKILL");
    }
  }, 240_000);
});
