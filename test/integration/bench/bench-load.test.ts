import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";

const measure = z.object({ ms: z.number().positive() });
const compared = measure.extend({ ratioToClient: z.number().positive() });

/** The documented JSON output of the command. */
const resultSchema = z.object({
  bytes: z.number().positive(),
  client: measure,
  myloader: measure,
  full: measure.extend({
    ratioToClient: z.number().positive(),
    ratioToMyloader: z.number().positive(),
    peakRssBytes: z.number().positive(),
  }),
  unchanged: compared,
  partly: measure.extend({ ratioToClient: z.number().positive(), changedTables: z.array(z.string()).length(6) }),
});

const profileSchema = z.object({
  tables: z.number().positive(),
  load: measure,
  profile: measure.extend({ shareOfLoad: z.number().positive() }),
  allRows: measure.extend({ shareOfLoad: z.number().positive() }),
});

async function benchFolders(): Promise<string[]> {
  return (await readdir(batonHome)).filter((name) => name.startsWith("bench-run-"));
}

describe("npm run bench -- load", () => {
  it("prints the figures of all three programs as JSON, and leaves no server behind", async () => {
    const before = await benchFolders();

    const args = ["load", "--size", "2MB", "--repeat", "1", "--json"];
    const { stdout, stderr } = await promisify(execFile)(join(projectRoot, "local/bin/bench"), args);

    const result = resultSchema.parse(JSON.parse(stdout));
    expect(result.full.ratioToClient).toBeCloseTo(result.client.ms / result.full.ms, 1);
    expect(result.full.ratioToMyloader).toBeCloseTo(result.myloader.ms / result.full.ms, 1);
    expect(result.unchanged.ratioToClient).toBeCloseTo(result.client.ms / result.unchanged.ms, 1);
    expect(stderr).toContain("1/1 baton, full");
    expect(await benchFolders()).toEqual(before);
  }, 120_000);

  it("ends its server when it is interrupted", async () => {
    const before = await benchFolders();
    const child = execFile(join(projectRoot, "local/bin/bench"), ["load", "--size", "2MB", "--repeat", "20", "--json"]);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    let said = "";
    let printed = "";
    child.stdout?.on("data", (text: string) => (printed += text));
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (text: string) => {
        said += text;
        if (said.includes("1/20 mariadb")) resolve();
      }),
    );

    child.kill("SIGINT");

    expect(await ended).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({ error: { code: "BENCH_INTERRUPTED" } });
    expect(await benchFolders()).toEqual(before);
  }, 120_000);
});

// in this file, so that its server does not run while the tests above count servers
describe("npm run bench -- profile", () => {
  it("prints the cost of profiles relative to the load, as JSON", async () => {
    const args = ["profile", "--size", "2MB", "--repeat", "1", "--json"];
    const { stdout, stderr } = await promisify(execFile)(join(projectRoot, "local/bin/bench"), args);

    const { load, profile, allRows } = profileSchema.parse(JSON.parse(stdout));
    expect(profile.shareOfLoad).toBeCloseTo(profile.ms / load.ms, 2);
    expect(allRows.shareOfLoad).toBeCloseTo(allRows.ms / load.ms, 2);
    expect(stderr).toContain("1/1 profiles that read all rows");
  }, 60_000);
});

describe("npm run bench -- tables", () => {
  it("compares the load of many tables with the client's, as JSON", async () => {
    const args = ["tables", "--tables", "40", "--repeat", "1", "--json"];
    const { stdout, stderr } = await promisify(execFile)(join(projectRoot, "local/bin/bench"), args);

    const tablesSchema = z.object({ client: measure, full: compared, unchanged: compared });
    const { client, full, unchanged } = tablesSchema.parse(JSON.parse(stdout));
    expect(full.ratioToClient).toBeCloseTo(client.ms / full.ms, 1);
    expect(unchanged.ratioToClient).toBeCloseTo(client.ms / unchanged.ms, 1);
    expect(stderr).toContain("1/1 baton, unchanged");
  }, 60_000);
});
