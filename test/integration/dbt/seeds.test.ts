import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../../../shared/warehouse/tables/identifier.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { buildLayer, dbtFolder, withStatus, type DbtRun } from "./dbt-command.ts";
import { makeProject, yamlOf } from "./own-project.ts";

const seedFolder = join(dbtFolder, "seeds");
const seedFiles = readdirSync(seedFolder);

/** Texts that look like numbers, booleans, dates, amounts or NULL; quotes, blanks, line ends and an empty field. */
const texts = [
  ...["0600000", "29051_00040", "true", "1e5", "10%", "$1,000", "null", "NULL", "N/A", "-", " padded ", "1.50", ""],
  ...["2026-02-07", "12:30", "1,000", 'say "hi"', "two\nlines", "目黒", "Infinity", "0x1F"],
];
const columns = { id: "int", value: "varchar(20)", amount: "decimal(9,2)" };

/** Seeds that stop the build: their rows, and the error message. */
const wrong = {
  wrong_value: ["id,value,amount\nx1,a,1\n", "Incorrect integer value: 'x1'"],
  wrong_width: ["id,value,amount\n1,a,1\n2,b,1,c\n", "line 3: 4 fields, expected 3 as in the header"],
  wrong_column: ["id,other,amount\n1,a,1\n", "has other columns than its YAML describes"],
} as const;

describe("seeds", () => {
  const warehouse = testWarehouse();
  let run: DbtRun;

  beforeAll(async () => {
    const rows = texts.map((text, index) => `${index},"${text.replaceAll('"', '""')}",`);
    const project = makeProject({
      ...Object.fromEntries(seedFiles.map((file) => [`seeds/${file}`, readFileSync(join(seedFolder, file), "utf8")])),
      // a byte order mark, as spreadsheets write it
      "seeds/odd.csv": `\uFEFFid,value,amount\n${rows.join("\n")}\n99,last,2.50\n`,
      "seeds/odd.yml": yamlOf("seeds", "odd", columns),
      ...Object.fromEntries(
        Object.entries(wrong).flatMap(([name, [csv]]) => [
          [`seeds/${name}.csv`, csv],
          [`seeds/${name}.yml`, yamlOf("seeds", name, columns)],
        ]),
      ),
    });
    run = await buildLayer(warehouse.config, "silver", { project });
  }, 120_000);
  afterAll(() => warehouse.dispose());

  /** All rows of a seed's table as texts, in the order of its first column. */
  async function rowsOf(table: string, names: readonly string[]): Promise<(string | null)[][]> {
    const values = names.map((name) => `CAST(${quoteName(name)} AS CHAR)`).join(", ");
    const from = `${quoteTable(`${warehouse.prefix}seeds_next`, table)} AS seed`;
    const [rows] = await warehouse.pool.query<(RowDataPacket & (string | null)[])[]>({
      sql: `SELECT ${values} FROM ${from} ORDER BY seed.${quoteName(names[0] ?? "")}`,
      rowsAsArray: true,
    });
    return rows;
  }

  it.each(seedFiles.filter((file) => file.endsWith(".csv")))("have every byte of %s", async (file) => {
    const lines = readFileSync(join(seedFolder, file), "utf8").trimEnd().split("\n");
    const [header = [], ...rows] = lines.map((line) => line.split(","));

    expect(await rowsOf(file.replace(".csv", ""), header)).toEqual(rows);
  });

  it("keep texts that look like values of other types, and read an empty field as NULL", async () => {
    expect(await rowsOf("odd", ["id", "value", "amount"])).toEqual([
      ...texts.map((text, index) => [String(index), text === "" ? null : text, null]),
      ["99", "last", "2.50"],
    ]);
  });

  it.each(Object.entries(wrong))("stop the build with a clear error: %s", (name, [, message]) => {
    expect(withStatus(run, "error").sort()).toEqual(Object.keys(wrong).sort());
    expect(run.results.find((result) => result.name === name)?.message).toContain(message);
  });
});
