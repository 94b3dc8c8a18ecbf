import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadDumpOptions, LoadReport } from "../../../shared/loader/load-dump.ts";
import { testServices } from "../../support/services.ts";
import { FaultProxy } from "../../support/faults/fault-proxy.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { schemaState } from "./support/schema-state.ts";

/** About 3 MB in statements of 100 KB: more than one read, and more than one range. */
function dumpOf(rows: number): Buffer {
  const statements: string[] = [];
  for (let first = 0; first < rows; first += 1_000) {
    const values = Array.from(
      { length: 1_000 },
      (_, n) => `(${first + n},'${"text; of a row -- ".repeat(5)}${first + n}')`,
    );
    statements.push(`INSERT INTO \`t\` VALUES ${values.join(",")};`);
  }
  return Buffer.from(
    `CREATE TABLE \`t\` (\`id\` int NOT NULL, \`v\` text, PRIMARY KEY (\`id\`));\n${statements.join("\n")}\n`,
  );
}

describe("the source of a dump", () => {
  const warehouse = testWarehouse();
  const plain = dumpOf(30_000);
  const bucket = `dumps-${randomBytes(5).toString("hex")}`;
  let folder: string;
  let proxy: FaultProxy;
  let s3: S3Client;
  let expected: unknown;
  let schemas = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-source-"));
    const { emulator } = testServices();
    proxy = await FaultProxy.start(emulator.endpoint);
    s3 = new S3Client({ ...clientOptions({ ...emulator, endpoint: proxy.endpoint }), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    expected = await stateAfter(await fileWith("plain.sql", plain));
  });
  afterEach(() => proxy.plant());
  afterAll(async () => {
    s3.destroy();
    await proxy.stop();
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function fileWith(name: string, content: Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }
  async function object(key: string, content: Buffer): Promise<string> {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
    return `s3://${bucket}/${key}`;
  }
  async function load(
    location: string,
    more: Partial<LoadDumpOptions> = {},
  ): Promise<{ live: string; report: LoadReport }> {
    schemas += 1;
    const live = `${warehouse.prefix}d${schemas}`;
    const names = { live, next: `${live}_next`, backup: `${live}_backup` };
    const spoolDir = join(folder, "spool");
    const report = await loadAndPublish({
      location,
      s3,
      warehouse: warehouse.config,
      schemas: names,
      spoolDir,
      ...more,
    });
    return { live, report };
  }
  async function stateAfter(location: string): Promise<unknown> {
    const { live } = await load(location);
    return schemaState(warehouse.pool, live);
  }
  const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

  it.each([
    ["gzip", zlib.gzipSync(plain)],
    [
      "gzip in several members",
      Buffer.concat([zlib.gzipSync(plain.subarray(0, 1e6)), zlib.gzipSync(plain.subarray(1e6))]),
    ],
    ["zstd", zlib.zstdCompressSync(plain)],
  ])("loads %s, recognized by its content, like the plain dump, and leaves no temporary file", async (name, stored) => {
    const path = await fileWith(`${name.replaceAll(" ", "-")}.dump`, stored);

    const { live, report } = await load(path, { expected: { sha256: sha256(stored), bytes: stored.length } });

    expect(await schemaState(warehouse.pool, live)).toEqual(expected);
    expect(report).toMatchObject({
      bytes: plain.length,
      rows: 30_000,
      dump: { bytes: stored.length },
    });
    expect(await readdir(join(folder, "spool")).catch(() => [])).toEqual([]);
  });

  it.each([
    ["gzip that is cut off", zlib.gzipSync(plain).subarray(0, -200)],
    ["gzip with a wrong byte", Buffer.from(zlib.gzipSync(plain)).fill(0xff, 5_000, 5_010)],
    ["zstd that is cut off", zlib.zstdCompressSync(plain).subarray(0, -200)],
  ])("refuses %s, and leaves no temporary file", async (_name, stored) => {
    await expect(load(await fileWith("broken.sql.gz", stored))).rejects.toMatchObject({ code: "DUMP_COMPRESSION" });
    expect(await readdir(join(folder, "spool")).catch(() => [])).toEqual([]);
  });

  it("refuses a dump whose size or sha256 differs from its manifest", async () => {
    const path = await fileWith("manifest.sql", plain);

    await expect(load(path, { expected: { bytes: plain.length + 1 } })).rejects.toMatchObject({ code: "DUMP_SIZE" });
    await expect(load(path, { expected: { sha256: "0".repeat(64) } })).rejects.toMatchObject({ code: "DUMP_CHECKSUM" });
    await expect(load(join(folder, "missing.sql"))).rejects.toMatchObject({ code: "DUMP_MISSING" });
    await expect(load(`s3://${bucket}/missing.sql`)).rejects.toMatchObject({ code: "DUMP_MISSING" });
  });

  it("loads an S3 object: plain in ranges, compressed through a temporary file", async () => {
    expect(await stateAfter(await object("plain.sql", plain))).toEqual(expected);
    expect(await stateAfter(await object("packed.sql.gz", zlib.gzipSync(plain)))).toEqual(expected);
  });

  it("resumes an interrupted download, in the index pass and in the load", async () => {
    const location = await object("broken-off.sql", plain);
    const met = proxy.plant({
      concerns: ({ method, path }) => method === "GET" && path.includes("broken-off"),
      // the first bytes, the scan, the scan's resumed reads, and ranges of the load
      times: 6,
      answer: { kind: "cut", afterBytes: 400_000 },
    });

    expect(await stateAfter(location)).toEqual(expected);
    expect(met()).toEqual([6]);
  });

  it("never mixes a newer object into the scanned one", async () => {
    const location = await object("replaced.sql", plain);
    let isReplaced = false;

    const loading = load(location, {
      accept: () => {
        isReplaced = true;
      },
      onProgress: ({ phase, bytes, totalBytes }) => {
        // the scan has ended: every later read reads these bytes a second time
        if (phase === "index" && bytes === totalBytes) replaced = object("replaced.sql", dumpOf(29_000));
      },
    });
    let replaced: Promise<string> | undefined;

    await expect(loading).rejects.toMatchObject({ code: "DUMP_CHANGED" });
    await replaced;
    expect(isReplaced).toBe(true);
  });
});
