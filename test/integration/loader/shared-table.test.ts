import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const PARTS = 60;
const ROWS = 500;

/** A part of a table ends where the column list of its INSERT statements changes. */
function part(number: number): string {
  const rows = Array.from({ length: ROWS }, (_, row) => `(${number * ROWS + row},'${"x".repeat(40)}')`);
  return `INSERT INTO large (${number % 2 === 0 ? "id, t" : "id, u"}) VALUES ${rows.join(",")};\n`;
}

/** Sessions share a table of several parts. @bothEngines */
describe("a table that several connections load", () => {
  const warehouse = testWarehouse();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-shared-"));
  });
  afterAll(async () => {
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it("has every row counted once", async () => {
    const location = join(folder, "dump.sql");
    const tables =
      "CREATE TABLE large (id int PRIMARY KEY, t text, u text);\n" +
      ["a", "b", "c"].map((name) => `CREATE TABLE ${name} (id int);\nINSERT INTO ${name} VALUES (1);\n`).join("");
    await writeFile(location, tables + Array.from({ length: PARTS }, (_, number) => part(number)).join(""));
    const live = `${warehouse.prefix}live`;
    const schemas = { live, next: `${live}_next`, backup: `${live}_backup` };

    const report = await loadAndPublish({ location, warehouse: warehouse.config, schemas });

    expect(report.rows).toBe(PARTS * ROWS + 3);
  });
});
