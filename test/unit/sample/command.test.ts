import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { main } from "../../../cli/main.ts";
import { dayOf } from "../../../shared/time/business-day.ts";
import { cloneCheckout } from "../../support/clone-checkout.ts";

let folder = "";
let stdout = "";
let stderr = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sample-command-"));
  [stdout, stderr] = ["", ""];
  jest.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  jest.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    stderr += String(chunk);
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe("baton sample", () => {
  it("writes a file and the manifest beside it", async () => {
    const exitCode = await main([
      "sample",
      "--size",
      "1MB",
      "--seed",
      "7",
      "--date",
      "2026-02-07",
      "--out",
      join(folder, "F.sql"),
    ]);

    expect(exitCode).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(["F.json", "F.sql"]);
    expect(JSON.parse(await readFile(join(folder, "F.json"), "utf8"))).toMatchObject({
      dump_date: "20260207",
      valid_for_etl: true,
    });
  });

  it("leaves no partial file on a full disk", async () => {
    await symlink("/dev/full", join(folder, "F.sql.part"));

    const exitCode = await main(["sample", "--size", "1MB", "--out", join(folder, "F.sql")]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain("ENOSPC: no space left on device");
    expect(await readdir(folder)).toEqual([]);
  });

  it("writes one file per day into a folder, named by date, starting at --date", async () => {
    const exitCode = await main([
      "sample",
      "--size",
      "1MB",
      "--date",
      "2026-02-28",
      "--evolve",
      "2",
      "--gzip",
      "--out",
      join(folder, "days"),
    ]);

    expect(exitCode).toBe(0);
    expect((await readdir(join(folder, "days"))).sort()).toEqual([
      "gghouse_20260228.json",
      "gghouse_20260228.sql.gz",
      "gghouse_20260301.json",
      "gghouse_20260301.sql.gz",
    ]);
  });

  it("reports the written files as JSON", async () => {
    await main(["sample", "--size", "1MB", "--out", `${folder}/`, "--json"]);

    const { days } = JSON.parse(stdout) as {
      days: { file: string; bytes: number; sha256: string; manifest: { dump_sha256: string } }[];
    };
    expect(days).toHaveLength(1);
    expect(days[0]?.file).toBe(join(folder, "gghouse_20260207.sql"));
    expect(days[0]?.bytes).toBe((await readFile(days[0]?.file ?? "")).length);
    expect(days[0]?.manifest.dump_sha256).toBe(days[0]?.sha256);
  });

  it("follows custom.source: dump name, database and time zone", async () => {
    const clone = join(folder, "clone");
    await cloneCheckout(clone);
    const settings = await readFile(join(clone, "serverless.yml"), "utf8");
    const source = "  source:\n    dumpName: shop\n    database: book_shop\n    timeZone: Europe/Berlin\n";
    await writeFile(
      join(clone, "serverless.yml"),
      settings.replace(/^ {2}source:\n(?: {4}.*\n)+/m, () => source),
    );
    const env = { PATH: process.env["PATH"], HOME: folder };
    // clocks change at 02:00 of this day
    const args = ["sample", "--size", "1MB", "--date", "2026-03-29", "--format", "full", "--out", "days/"];

    await promisify(execFile)(join(clone, "baton"), args, { cwd: clone, env });

    const dump = await readFile(join(clone, "days/shop_20260329.sql"), "utf8");
    expect(dump).toMatch(/^-- Host: book_shop-db\.example +Database: book_shop$/m);
    expect(dump).toMatch(/^-- Dump completed on 2026-03-29 +5:44:31$/m);
    expect(JSON.parse(await readFile(join(clone, "days/shop_20260329.json"), "utf8"))).toMatchObject({
      generated_at: "2026-03-29T05:44:31+02:00",
      dump_key: "dumps/shop_20260329.sql",
      source_database: "book_shop",
      max_updated_at_by_table: { tenants: expect.stringMatching(/^2026-03-2[89]T.*\+0[12]:00$/) as string },
    });
  });

  it("writes the dump of today", async () => {
    const before = dayOf(new Date());

    await main(["sample", "--size", "1MB", "--date", "today", "--out", join(folder, "F.sql"), "--json"]);

    const { days } = JSON.parse(stdout) as { days: { businessDate: string }[] };
    expect([before, dayOf(new Date())]).toContain(days[0]?.businessDate);
  });

  it.each([
    [["--size", "10KB", "--out", "x"], "at least 1MB"],
    [["--size", "much", "--out", "x"], "a size such as 50MB"],
    [["--date", "2026-02-30", "--out", "x"], "YYYY-MM-DD"],
    [["--seed", "-1", "--out", "x"], "a whole number"],
    [["--format", "odd", "--out", "x"], "compact, full"],
    [[], "--out <path>"],
    [["--evolve", "2", "--out", "one.sql"], "is a single file"],
  ])("refuses %j with exit code 2 and the expected value", async (args, message) => {
    const exitCode = await main(["sample", ...args]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
