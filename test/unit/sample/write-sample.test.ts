import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { generateSample } from "../../../local/sample/sample.ts";
import { writeSample } from "../../../local/sample/write-sample.ts";

const options = { sizeBytes: 4_000_000, seed: 7, date: "2026-02-07" };
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sample-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeSample", () => {
  it("writes about the requested number of bytes, and a matching manifest", async () => {
    const [file, manifestFile] = [join(folder, "a/gghouse_20260207.sql"), join(folder, "b/gghouse_20260207.json")];

    const written = await writeSample(generateSample(options), { file, manifestFile });

    const bytes = await readFile(file);
    const manifest: unknown = JSON.parse(await readFile(manifestFile, "utf8"));
    expect(Math.abs(bytes.length / options.sizeBytes - 1)).toBeLessThan(0.05);
    expect(written).toMatchObject({ bytes: bytes.length, plainBytes: bytes.length });
    expect(manifest).toEqual({
      run_id: expect.stringMatching(/^20260207-\d{5}$/) as string,
      generated_at: "2026-02-07T05:44:31+09:00",
      dump_date: "20260207",
      dump_key: "dumps/gghouse_20260207.sql",
      dump_sha256: createHash("sha256").update(bytes).digest("hex"),
      dump_size_bytes: bytes.length,
      source_host: "basis-db.example",
      source_database: "basis",
      source_port: 3306,
      source_valid: true,
      valid_for_etl: true,
      max_updated_at_by_table: {
        movings: expect.stringMatching(/^2026-02-0[67]T.*\+09:00$/) as string,
        tenants: expect.stringMatching(/^2026-02-0[67]T.*\+09:00$/) as string,
        rooms: expect.stringMatching(/^2026-02-0[67]T.*\+09:00$/) as string,
        inquiries: expect.stringMatching(/^2026-02-0[67]T.*\+09:00$/) as string,
        apartments: expect.stringMatching(/^2026-02-0[67]T.*\+09:00$/) as string,
      },
      source_table_max_updated_at: written.manifest.max_updated_at_by_table,
    });
  });

  it("compresses, and reports size and sha256 of the compressed file", async () => {
    const [plain, file] = [join(folder, "plain.sql"), join(folder, "dump.sql.gz")];
    await writeSample(generateSample(options), { file: plain });

    const { manifest, bytes, plainBytes } = await writeSample(generateSample(options), { file, isGzip: true });

    const stored = await readFile(file);
    expect(gunzipSync(stored).equals(await readFile(plain))).toBe(true);
    expect(manifest.dump_key).toBe("dumps/gghouse_20260207.sql.gz");
    expect([bytes, manifest.dump_size_bytes]).toEqual([stored.length, stored.length]);
    expect(plainBytes).toBeGreaterThan(bytes * 3);
    expect(manifest.dump_sha256).toBe(createHash("sha256").update(stored).digest("hex"));
  });

  it("truncates a dump at the requested byte", async () => {
    const [whole, file] = [join(folder, "whole.sql"), join(folder, "cut.sql")];
    await writeSample(generateSample(options), { file: whole });

    const { bytes } = await writeSample(generateSample(options), { file, truncateAt: 1_234_567 });

    expect(bytes).toBe(1_234_567);
    expect((await readFile(file)).equals((await readFile(whole)).subarray(0, 1_234_567))).toBe(true);
  });

  it("counts the rows of every table", async () => {
    const sample = generateSample(options);

    const { rows } = await writeSample(sample, { file: join(folder, "dump.sql") });

    expect(Object.keys(rows)).toHaveLength(84);
    expect(rows["tenants"]).toBe([...sample.tenants()].length);
    expect(rows["m_nationalities"]).toBe(200);
    expect(rows["Orders"]).toBe(0);
  });
});
