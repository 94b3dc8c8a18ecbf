import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parse } from "yaml";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { parseSource } from "../../../shared/config/source.ts";

const DUMP = `-- MySQL dump 10.13
CREATE TABLE \`authors\` (\`id\` int(10) unsigned NOT NULL AUTO_INCREMENT, \`name\` varchar(80) CHARACTER SET latin1 NOT NULL COMMENT 'author''s {{name}}', PRIMARY KEY (\`id\`));
INSERT INTO \`authors\` VALUES (1,'a'),(2,'b');
CREATE TABLE \`books\` (\`isbn\` char(13) NOT NULL, \`author_id\` int unsigned, \`kind\` enum('a','b,)') DEFAULT 'a', \`from\` date NOT NULL,
  \`at\` timestamp(3) NULL, \`shelf\` int, \`tax\` decimal(8,2) GENERATED ALWAYS AS (1) VIRTUAL, UNIQUE KEY (\`isbn\`), UNIQUE KEY (\`shelf\`),
  CONSTRAINT a FOREIGN KEY (\`author_id\`) REFERENCES \`authors\` (\`id\`));
CREATE TABLE \`lines\` (\`order_id\` int NOT NULL, \`line\` int NOT NULL, PRIMARY KEY (\`order_id\`,\`line\`));
CREATE TABLE \`returns\` (\`id\` int NOT NULL PRIMARY KEY, \`order\` int, \`no\` int,
  CONSTRAINT l FOREIGN KEY (\`order\`,\`no\`) REFERENCES \`lines\` (\`order_id\`,\`line\`));
CREATE TABLE \`visits\` (\`page\` text);
-- Dump completed
`;
const SETTINGS = `custom:
  # the layers
  layers:
    - name: staging
      retries: 2
    - name: silver
      alsoBuilds: [seeds]
    - name: gold
  source:
    dumpName: other
    timeZone: Europe/Berlin
    mayBeEmpty: [a, b]
    database: example
`;

interface Answer {
  source: object;
  tables: { name: string; rows: number; key: string[]; unique: string[]; relations: object[]; columns: object[] }[];
  notes: string[];
  written: string[];
}

describe("./baton adopt", () => {
  let folder: string;
  let dump: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton adopt-"));
    dump = join(folder, "shop_20260207.sql");
    await writeFile(dump, DUMP);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function baton(...more: string[]): Promise<string> {
    const args = [join(projectRoot, "cli/bin.ts"), "adopt", "--dump", dump, ...more];
    return (await promisify(execFile)(process.execPath, args, { cwd: folder })).stdout;
  }
  async function adopt(...more: string[]): Promise<Answer> {
    return JSON.parse(await baton(...more, "--json")) as Answer; // the tests assert its parts
  }
  const read = async (path: string): Promise<string> => readFile(join(folder, path), "utf8");

  it("shows what the dump holds, and writes nothing", async () => {
    const { source, tables, notes, written } = await adopt();

    expect(source).toEqual({ dumpName: "shop" });
    expect(tables.map(({ name, rows, key, unique }) => ({ name, rows, key, unique }))).toEqual([
      { name: "authors", rows: 2, key: ["id"], unique: [] },
      { name: "books", rows: 0, key: ["isbn"], unique: ["shelf"] },
      { name: "lines", rows: 0, key: ["order_id", "line"], unique: [] },
      { name: "returns", rows: 0, key: ["id"], unique: [] },
      { name: "visits", rows: 0, key: [], unique: [] },
    ]);
    expect(tables[0]?.columns).toMatchObject([
      { name: "id", type: "int(10) unsigned", isNotNull: true, comment: "" },
      { name: "name", type: "varchar(80)", isNotNull: true, comment: "author's {{name}}" },
    ]);
    expect(tables[1]?.relations).toEqual([{ columns: ["author_id"], toTable: "authors", toColumns: ["id"] }]);
    expect(notes).toEqual([
      "no model for visits: no primary or unique key of at most 3,072 bytes in utf8mb4. Write the model yourself and choose its primary key",
    ]);
    expect(written).toEqual([]);
    expect(await readdir(folder)).toEqual(["shop_20260207.sql"]);
    expect(await baton()).toContain(`--dump '${dump}' --tables`);
    expect(await baton()).toMatch(/^books +0 +0 B +7 +isbn +author_id -> authors$/m);
    expect(await baton()).toMatch(/^returns +0 +0 B +3 +id +\(order, no\) -> lines$/m);
  });

  it("writes sources, models and settings for the chosen tables", async () => {
    await writeFile(join(folder, "serverless.yml"), SETTINGS);

    await adopt("--tables", "books,lines,books", "--out", ".");

    const sources = parse(await read("dbt/models/sources/staging.yml")) as unknown;
    expect(sources).toMatchObject({ sources: [{ name: "staging", tables: [{ name: "books" }, { name: "lines" }] }] });
    expect(await read("dbt/models/silver/stg_books.sql"))
      .toBe(`with books as (select * from {{ source('staging', 'books') }}),

final as (
    select
        books.isbn,
        books.author_id,
        books.kind,
        {{ clean_date('books.\`from\`') }} as \`from\`,
        {{ clean_timestamp('books.at', 3) }} as at,
        books.shelf,
        books.tax,
        {{ business_date() }} as business_date
    from books
)

select * from final
`);
    const model = parse(await read("dbt/models/silver/stg_books.yml")) as { models: { columns: object[] }[] };
    expect(model.models[0]?.columns).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "isbn",
          constraints: [{ type: "not_null" }],
          data_tests: ["unique", "not_null"],
        }),
        expect.objectContaining({ name: "kind", data_type: "enum('a','b,)')" }),
        // zero dates become NULL
        { name: "from", quote: true, description: "The column from of books.", data_type: "date" },
        expect.objectContaining({ name: "at", data_type: "datetime(3)" }),
        expect.objectContaining({ name: "shelf", data_tests: ["unique"] }),
      ]),
    );
    expect(await read("dbt/models/silver/stg_lines.yml")).toContain("unique_combination");
    const { custom } = parse(await read("serverless.yml")) as { custom: { layers: unknown; source: unknown } };
    expect(parseSource(custom.source)).toMatchObject({ dumpName: "shop", timeZone: "Europe/Berlin", mayBeEmpty: [] });
    // the dump names no database, so that of the example is removed
    expect(custom.source).not.toHaveProperty("database");
    expect(parseLayerTable(custom.layers)).toMatchObject([
      { name: "staging", retries: 2 },
      { name: "silver", alsoBuilds: [] },
    ]);
    expect(await read("serverless.yml")).toContain("  # the layers\n");
  });

  it("tests relations between chosen tables only", async () => {
    await adopt("--tables", "books,authors", "--out", "both");
    await adopt("--tables", "books", "--out", "one");

    expect(await read("both/dbt/models/sources/staging.yml")).toContain("source('staging', 'authors')");
    expect(await read("one/dbt/models/sources/staging.yml")).not.toContain("relationships");
  });

  it("tests relations by several columns together", async () => {
    await adopt("--tables", "lines,returns", "--out", "both");
    await adopt("--tables", "returns", "--out", "one");

    const { sources } = parse(await read("both/dbt/models/sources/staging.yml")) as {
      sources: { tables: { name: string; data_tests: unknown }[] }[]; // as adopt writes it
    };
    expect(sources[0]?.tables.find(({ name }) => name === "returns")?.data_tests).toEqual([
      {
        combination_exists: {
          name: "returns_order_no_is_in_lines",
          arguments: { to: "source('staging', 'lines')", columns: ["`order`", "no"], to_columns: ["order_id", "line"] },
        },
      },
    ]);
    expect(await read("one/dbt/models/sources/staging.yml")).not.toContain("combination_exists");
  });

  it("writes models that the warehouse can store, whatever the tables of other programs are", async () => {
    const latin = "varchar(20000) CHARACTER SET latin1";
    await writeFile(
      dump,
      [
        "`a-b` (`id` int NOT NULL, PRIMARY KEY (`id`))",
        "`a_b` (`id` int NOT NULL, PRIMARY KEY (`id`))",
        "`it's` (`id` int NOT NULL, PRIMARY KEY (`id`))",
        "`cache` (`cid` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT '{{x}} {% y %}', PRIMARY KEY (`cid`))",
        "`names` (`name` varchar(9) NOT NULL, `other` varchar(9) CHARACTER SET ascii NOT NULL, PRIMARY KEY (`name`), UNIQUE KEY (`other`)) COLLATE=utf8mb4_bin",
        "`days` (`day` date NOT NULL, `at` datetime(6) NOT NULL, `seen` datetime NOT NULL, `business_date` date, PRIMARY KEY (`day`,`at`))",
        `\`wide\` (\`id\` int NOT NULL, \`a\` ${latin}, \`b\` varchar(200), PRIMARY KEY (\`id\`))`,
        "`paths` (`path` varchar(1000) CHARACTER SET latin1 NOT NULL, PRIMARY KEY (`path`))",
        "`blobs` (`k` blob NOT NULL, PRIMARY KEY (`k`(20)))",
        "`Blobs` (`k` blob NOT NULL)",
        "`予約 枠` (`番号` int NOT NULL, PRIMARY KEY (`番号`))",
        ...["甲", "乙"].map(
          (end) =>
            `\`${"長".repeat(49)}${end}\` (\`${"列".repeat(60)}\` int NOT NULL, PRIMARY KEY (\`${"列".repeat(60)}\`))`,
        ),
      ]
        .map((table) => `CREATE TABLE ${table};\n`)
        .join("") + "-- Dump completed on 2026-02-07\n",
    );

    const reserved = expect.objectContaining({
      ...{ name: "予約_枠", identifier: "予約 枠" },
      columns: [
        expect.objectContaining({
          name: "番号",
          data_tests: [
            { unique: { name: "unique_source_予約_枠_番号" } },
            { not_null: { name: "not_null_source_予約_枠_番号" } },
          ],
        }),
      ],
    }) as unknown;

    const { notes, written } = await adopt("--out", ".");

    const models = written.flatMap((path) => /silver\/(.+)\.sql$/.exec(path)?.[1] ?? []);
    expect(models).toEqual([
      ...["stg_a_b", "stg_a_b_2", "stg_cache", "stg_names", "stg_days", "stg_wide", "stg_予約_枠"],
      // a file name of the server has five bytes for each of these letters
      ...[`stg_${"長".repeat(47)}`, `stg_${"長".repeat(46)}_2`],
    ]);
    // dbt accepts no spaces in names, and names its tests of a column without letters that are not ASCII
    expect(await read("dbt/models/silver/stg_予約_枠.sql")).toContain("source('staging', '予約_枠')");
    expect(parse(await read("dbt/models/sources/staging.yml"))).toMatchObject({
      sources: [{ tables: expect.arrayContaining([reserved]) as unknown }],
    });
    expect(notes.join("\n")).toMatch(
      /no source for it's.*\ndbt cannot write its documentation with blobs, Blobs, .*\nno model for paths, blobs, Blobs: no primary or unique key/,
    );
    const columnsOf = async (model: string): Promise<Record<string, unknown>> => {
      const yaml = await read(`dbt/models/silver/${model}.yml`);
      const [found] = (parse(yaml) as { models: { columns: Record<string, unknown>[] }[] }).models; // as written above
      return Object.fromEntries((found?.columns ?? []).map((column) => [String(column["name"]), column["data_type"]]));
    };
    expect(await read("dbt/models/silver/stg_cache.yml")).toContain("{ {x}} { % y %}");
    expect(await columnsOf("stg_cache")).toMatchObject({ cid: "varchar(255) collate utf8mb4_bin" });
    expect(await columnsOf("stg_names")).toMatchObject({
      name: "varchar(9) collate utf8mb4_bin",
      other: "varchar(9)",
    });
    expect(await columnsOf("stg_days")).toEqual({
      ...{ day: "date", at: "datetime(6)", seen: "datetime", business_date: "date" },
    });
    // a zero date cannot be NULL in a key, and the server would take it for NULL in a test
    const days = await read("dbt/models/silver/stg_days.sql");
    expect(days).toContain("    days.day,\n        days.at,\n        {{ clean_timestamp('days.seen') }} as seen,");
    expect(await read("dbt/models/silver/stg_days.yml")).toMatch(/type: not_null\n +- name: at\n/);
    expect(await columnsOf("stg_wide")).toMatchObject({ a: "mediumtext", b: "varchar(200)" });
    // the server takes a zero date for NULL
    const sources = await read("dbt/models/sources/staging.yml");
    const long = [...sources.matchAll(/name: ((?:unique|not_null)_source_長.*)/g)].map(([, name = ""]) => name);
    expect(new Set(long).size).toBe(4);
    expect(long.filter((name) => Buffer.byteLength(name) > 200)).toEqual([]);
    expect(sources).toMatch(/name: seen\n +description: .*\n +data_type: datetime\n +- name: business_date/);
    expect(sources).not.toContain("it's");
  });

  it("keeps the layers and settings of a source that is adopted again", async () => {
    await writeFile(join(folder, "serverless.yml"), SETTINGS);
    await adopt("--tables", "authors", "--out", ".");
    const layers = "- name: silver\n      alsoBuilds: [seeds]\n    - name: sales";
    const own = (await read("serverless.yml"))
      .replace("- name: silver", layers)
      .replace("mayBeEmpty: []", "mayBeEmpty: [lines]");
    await writeFile(join(folder, "serverless.yml"), own);
    for (const path of ["dbt/models/sales", "dbt/seeds"]) await mkdir(join(folder, path));

    const { written } = await adopt("--tables", "authors,books", "--out", ".", "--overwrite");

    expect(await read("serverless.yml")).toBe(own);
    expect(written.join("\n")).not.toContain("serverless.yml");
  });

  it("refuses to replace a file that differs, and then writes nothing", async () => {
    await adopt("--tables", "authors", "--out", ".");
    await adopt("--tables", "authors", "--out", ".");
    const model = join(folder, "dbt/models/silver/stg_authors.sql");
    await writeFile(model, "select 1");

    await expect(adopt("--tables", "authors,books", "--out", ".")).rejects.toThrow(
      /stg_authors\.sql.* exist and differ/,
    );

    expect(await readdir(join(folder, "dbt/models/silver"))).toEqual(["stg_authors.sql", "stg_authors.yml"]);
    await adopt("--tables", "authors,books", "--out", ".", "--overwrite");
    expect(await readFile(model, "utf8")).toContain("source('staging', 'authors')");
  });

  it("names the tables of the dump when one is unknown", async () => {
    await expect(adopt("--tables", "book")).rejects.toThrow(
      /the dump has no table book.*Its tables are authors, books, lines, returns, visits/s,
    );
  });
});
