import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareDump } from "../../../cli/run/prepare-dump.ts";
import type { BusinessDate } from "../../../events/ids.ts";

const CONTENT = "CREATE TABLE `rooms` (`id` int);\n";
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const GOOD = {
  dump_date: "20260214",
  dump_key: "dumps/gghouse_20260214.sql",
  dump_sha256: SHA256,
  dump_size_bytes: CONTENT.length,
  valid_for_etl: true,
};

describe("prepareDump", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "prepare dump-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(name: string, manifest?: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, CONTENT);
    if (manifest !== undefined) await writeFile(file.replace(/\.sql$/, ".json"), manifest);
    return file;
  }

  it("uses the manifest beside the file", async () => {
    const prepared = await prepareDump(await write("any name.sql", JSON.stringify(GOOD)), undefined);

    expect(prepared).toMatchObject({ businessDate: "2026-02-14", sha256: SHA256, manifestFrom: "own" });
    expect(JSON.parse(prepared.manifest)).toEqual(GOOD);
  });

  it("writes a manifest when there is none", async () => {
    const prepared = await prepareDump(await write("gghouse_20260214.sql"), undefined);

    expect(prepared).toMatchObject({ dumpKey: "dumps/gghouse_20260214.sql", manifestFrom: "written" });
    expect(JSON.parse(prepared.manifest)).toMatchObject(GOOD);
  });

  it.each([
    ["name", "gghouse_20260219.sql", {}, undefined, /the file name is 2026-02-19, expected 2026-02-14/],
    ["--date", "gghouse_20260214.sql", {}, "2026-02-13", /dump_date is 2026-02-14, expected 2026-02-13/],
    ["key", "a.sql", { dump_key: "dumps/gghouse_20260213.sql" }, undefined, /dump_key is 2026-02-13/],
    ["size", "gghouse_20260214.sql", { dump_size_bytes: 7 }, undefined, /dump_size_bytes is 7, the file has 33 bytes/],
    [
      "sha256",
      "gghouse_20260214.sql",
      { dump_sha256: "0".repeat(64) },
      undefined,
      /dump_sha256 is 0{64}, the file has/,
    ],
    ["field", "gghouse_20260214.sql", { dump_date: 20260214 }, undefined, /is not a manifest of a dump.*dump_date/s],
  ])("refuses a manifest with another %s", async (_, name, change, date, message) => {
    const file = await write(name, JSON.stringify({ ...GOOD, ...change }));

    const preparing = prepareDump(file, date as BusinessDate | undefined); // a date, as written above

    await expect(preparing).rejects.toMatchObject({ code: "DUMP_MANIFEST_MISMATCH" });
    await expect(preparing).rejects.toThrow(message);
  });

  it("refuses a manifest that is not JSON", async () => {
    await expect(prepareDump(await write("a.sql", "{"), undefined)).rejects.toThrow(/a\.json is not JSON/);
  });

  it("asks for a date when neither name nor manifest has one", async () => {
    await expect(prepareDump(await write("a.sql"), undefined)).rejects.toThrow(/has no date in its name/);
  });
});
