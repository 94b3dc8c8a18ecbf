import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { openSource } from "../../../shared/loader/source/open-source.ts";

describe("the plain copy of a compressed dump", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-source-"));
  const spoolDir = join(folder, "spool");
  afterAll(() => rmSync(folder, { recursive: true }));

  async function copyOf(stored: Buffer): Promise<string[]> {
    const location = join(folder, "dump.sql.gz");
    writeFileSync(location, stored);
    const source = await openSource(location, { spoolDir });
    const files = (await readdir(spoolDir)).map((name) => join(spoolDir, name));
    const modes = [spoolDir, ...files].map((path) => (statSync(path).mode & 0o777).toString(8));
    await source.close();
    return modes;
  }

  it("can be read only by the user whose process makes it", async () => {
    expect(await copyOf(zlib.gzipSync("SELECT 1;\n".repeat(1_000)))).toEqual(["700", "600"]);
  });

  it.each([
    ["gzip", zlib.gzipSync],
    ["zstd", zlib.zstdCompressSync],
  ])("is not made of a few bytes of %s that unpack to gigabytes", async (_name, compress) => {
    const error: unknown = await copyOf(compress(Buffer.alloc(110e6))).catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "DUMP_COMPRESSION" });
    expect(String(error)).toMatch(/unpacks to more than \d+, expected at most 100 times its size/);
    expect(await readdir(spoolDir)).toEqual([]);
  });
});
