import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../../shared/loader/load-dump.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const HOUR_MS = 3_600_000;
const TABLES = 4;

/** A dump with each kind of value that the index counts. */
function dumpOf(mark: string): string {
  const tables = Array.from({ length: TABLES }, (_, number) => {
    const rows = `(1,'${mark}',NULL,x'00ff'),(2,' ','--',_binary 'a\\'b'),(3,'','NULL',NULL)`;
    return `CREATE TABLE t${number} (id int PRIMARY KEY, a varchar(20), b text, c blob, KEY a (a));\nINSERT INTO t${number} VALUES ${rows};\n`;
  });
  return tables.join("");
}

/** The index of a dump outlives an attempt. @bothEngines */
describe("a load that needs several attempts", () => {
  const warehouse = testWarehouse();
  const live = `${warehouse.prefix}live`;
  const stored = `${live}_next._baton_index`;
  let folder: string;
  let location: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-index-"));
    location = join(folder, "dump.sql");
  });
  beforeEach(() => writeFile(location, dumpOf("first")));
  afterAll(async () => {
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** Returns the bytes of the dump that the index pass read, and the report of a load that was in time. */
  const attempt = async (
    deadline: Date | undefined,
    schema = live,
  ): Promise<{ bytes: number; report?: LoadReport }> => {
    let bytes = 0;
    const loading = loadAndPublish({
      location,
      warehouse: warehouse.config,
      schemas: { live: schema, next: `${schema}_next`, backup: `${schema}_backup` },
      skip: "force",
      deadline,
      onProgress: (progress) => {
        if (progress.phase === "index") ({ bytes } = progress);
      },
    });
    const report = await loading.catch((error: unknown) => {
      if ((error as { code?: string }).code !== "LOAD_TIME_BUDGET") throw error;
    });
    return report === undefined ? { bytes } : { bytes, report };
  };
  const stopped = (): Promise<{ bytes: number }> => attempt(new Date(0));
  const inTime = (): Date => new Date(Date.now() + HOUR_MS);

  it("reads the dump once, and removes the index when the load is complete", async () => {
    const bytes = dumpOf("first").length;
    expect((await stopped()).bytes).toBe(bytes);
    expect((await stopped()).bytes).toBe(0);

    const { bytes: read, report } = await attempt(inTime());

    expect(read).toBe(0);
    const undisturbed = await attempt(undefined, `${warehouse.prefix}calm`);
    expect(undisturbed.bytes).toBe(bytes);
    const comparable = (of: LoadReport | undefined): unknown =>
      of?.tables.map(({ name, rows, contentHash, blanks }) => ({ name, rows, contentHash, blanks }));
    expect(comparable(report)).toEqual(comparable(undisturbed.report));
    expect(report?.tables).toHaveLength(TABLES);
    await expect(warehouse.pool.query(`SELECT 1 FROM ${stored}`)).rejects.toMatchObject({ errno: 1146 });
  });

  it.each([
    ["is damaged", `UPDATE ${stored} SET content = CONCAT('x', content)`],
    ["is cut off", `UPDATE ${stored} SET content = LEFT(content, 100)`],
    ["was written by other code", `UPDATE ${stored} SET index_key = REPEAT('0', 64)`],
    ["is empty", `DELETE FROM ${stored}`],
  ])("reads the dump again when the index %s", async (_, damage) => {
    await stopped();
    await warehouse.pool.query(damage);

    const { bytes, report } = await attempt(inTime());

    expect(bytes).toBe(dumpOf("first").length);
    expect(report?.rows).toBe(TABLES * 3);
  });

  it("reads another dump of the same name and length", async () => {
    await stopped();
    await writeFile(location, dumpOf("other"));

    await attempt(inTime());

    const [rows] = await warehouse.pool.query(`SELECT a FROM ${live}.t0 WHERE id = 1`);
    expect(rows).toEqual([{ a: "other" }]);
  });
});
