import type { Connection } from "mysql2/promise";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import {
  compareTables,
  type ComparedSide,
  type TableComparison,
} from "../../shared/warehouse/ranges/compare-tables.ts";
import { readTableShapes } from "../../shared/warehouse/ranges/table-shape.ts";
import { testServices } from "../support/services.ts";
import { testWarehouse } from "../support/warehouse.ts";

/** Values that the servers store or print differently unless the comparison makes them equal. */
const EDGES = `CREATE TABLE edges (
  id bigint unsigned NOT NULL PRIMARY KEY, tiny tinyint(3) unsigned zerofill, price decimal(20,6), single float, twice double,
  day date, moment datetime(6), stamp timestamp(3) NULL, clock time(2), yr year, flag bit(12),
  name varchar(40) CHARACTER SET utf8mb4, old varchar(40) CHARACTER SET latin1, kanji varchar(40) CHARACTER SET sjis,
  note longtext, doc json, bytes varbinary(20), fixed binary(4), data mediumblob, kind enum('a','b,c'), tags set('x','y'),
  total decimal(21,6) GENERATED ALWAYS AS (price * 2) STORED, place point
) DEFAULT CHARSET=utf8mb4`;
const EDGE_ROWS = [
  `1, 7, 12.5, 0.1, 0.1, '2026-02-07', '2026-02-07 23:59:59.000001', '2026-02-07 00:00:00.5', '-838:59:58.5', 2026, b'101',
   '京😀é', 'é', '東京', 'a\\\\b\\n\\t''"', '{"a": 1, "b": [1, 2.5, "x, y"]}', x'00ff09', x'61', x'000a5c', 'b,c', 'x,y',
   DEFAULT, ST_GeomFromText('POINT(139.7 35.6)')`,
  `18446744073709551615, 0, -0.000001, 16777217, 1e308, '0000-00-00', '0000-00-00 00:00:00', NULL, '00:00:00', 0, b'0',
   '', ' ', '', '', '[]', '', '', '', 'a', '', DEFAULT, NULL`,
  `3, NULL, NULL, -0.0, -2.2250738585072014e-308, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, DEFAULT, NULL`,
];

describe("the comparison of tables on MySQL and MariaDB", () => {
  const warehouses = (["mariadb", "mysql"] as const).map((engine) => testWarehouse(testServices(engine).database));
  const connections: Connection[] = [];

  beforeAll(async () => {
    for (const { config, prefix } of warehouses) {
      const connection = await connect(config);
      connections.push(connection);
      await connection.query(`CREATE DATABASE ${prefix}compare DEFAULT CHARACTER SET utf8mb4`);
      await connection.query(`USE ${prefix}compare`);
    }
  });
  afterAll(async () => {
    for (const connection of connections) await connection.end();
    for (const warehouse of warehouses) await warehouse.dispose();
  });

  const onBoth = async (...statements: readonly string[]): Promise<void> => {
    for (const connection of connections) for (const sql of statements) await connection.query(sql);
  };
  const compare = async (table: string, onRows?: (rows: number) => void): Promise<TableComparison> => {
    const sides = await Promise.all(
      connections.map(async (connection, index): Promise<ComparedSide> => {
        const shape = (await readTableShapes(connection, `${warehouses[index]?.prefix ?? ""}compare`)).get(table);
        if (shape === undefined) throw new Error(`${table} does not exist`);
        return { connection, shape };
      }),
    );
    const [one, other] = sides;
    if (one === undefined || other === undefined) throw new Error("both servers are needed");
    return compareTables(one, other, onRows);
  };

  it("finds equal values of every type equal, whatever the time zone they were written in", async () => {
    await onBoth("SET sql_mode = 'ALLOW_INVALID_DATES'", EDGES);
    await connections[0]?.query("SET time_zone = '+09:00'");
    await connections[0]?.query(
      `INSERT INTO edges VALUES (${EDGE_ROWS[0]?.replace("'2026-02-07 00:00:00.5'", "'2026-02-07 09:00:00.5'")})`,
    );
    await connections[0]?.query("SET time_zone = '+00:00'");
    await connections[1]?.query(`INSERT INTO edges VALUES (${EDGE_ROWS[0]})`);
    await onBoth(...EDGE_ROWS.slice(1).map((row) => `INSERT INTO edges VALUES (${row})`));

    expect(await compare("edges")).toEqual({ rows: 3, equal: true, differences: [] });
  });

  it.each([
    "tiny = 8",
    "price = 12.500001",
    "single = 0.10000001",
    "twice = 0.10000000000000002",
    "stamp = '2026-02-07 00:00:00.501'",
    "flag = b'100'",
    "name = '京😀e'",
    "old = 'e'",
    "note = ' '",
    "note = NULL",
    "bytes = x'00ff'",
    "kind = 'a'",
    "data = x'000a5c00'",
    "doc = '{}'",
    "place = NULL",
  ])("finds the row where %s", async (change) => {
    await connections[1]?.query("START TRANSACTION");
    await connections[1]?.query(`UPDATE edges SET ${change} WHERE id = 1`);

    expect(await compare("edges")).toEqual({
      rows: 3,
      equal: false,
      differences: [{ from: null, to: null, keys: ["1"] }],
    });
    await connections[1]?.query("ROLLBACK");
  });

  it("splits a table at its key and names the range and the rows that differ", async () => {
    const rows = Array.from({ length: 120_000 }, (_, index) => [Math.floor(index / 7), index % 7, `row ${index}`]);
    await onBoth("CREATE TABLE pairs (a int, b smallint, v varchar(20), PRIMARY KEY (a, b))");
    for (const connection of connections) await connection.query("INSERT INTO pairs VALUES ?", [rows]);
    expect(await compare("pairs")).toMatchObject({ equal: true, rows: 120_000 });
    await connections[0]?.query("UPDATE pairs SET v = 'x' WHERE a = 14285 AND b = 5");
    await connections[1]?.query("DELETE FROM pairs WHERE a = 8000");
    await connections[1]?.query("INSERT INTO pairs VALUES (20000, 0, 'new')");

    const sizes: number[] = [];
    const found = await compare("pairs", (size) => sizes.push(size));

    expect(sizes).toEqual([50_000, 50_000, 20_000]);
    expect(found).toMatchObject({
      equal: false,
      differences: [
        { from: ["7142", "5"], to: ["14285", "4"], keys: ["8000,0", "8000,1", "8000,2", "8000,3", "8000,4"] },
        { from: ["14285", "4"], to: null, keys: ["14285,5", "20000,0"] },
      ],
    });
  });

  it("splits a table by the numbers of its key, and finds rows before the first and after the last number", async () => {
    await onBoth("CREATE TABLE numbers (id int PRIMARY KEY, v int)");
    const rows = Array.from({ length: 120_000 }, (_, index) => [index + 10, index]);
    for (const connection of connections) await connection.query("INSERT INTO numbers VALUES ?", [rows]);
    await connections[1]?.query("INSERT INTO numbers VALUES (-5, 0), (200000, 0)");
    await connections[1]?.query("UPDATE numbers SET v = -1 WHERE id IN (50009, 50010)");

    expect(await compare("numbers")).toEqual({
      rows: 120_000,
      equal: false,
      differences: [
        { from: null, to: ["50009"], keys: ["-5", "50009"] },
        { from: ["50009"], to: ["100009"], keys: ["50010"] },
        { from: ["100009"], to: null, keys: ["200000"] },
      ],
    });
  });

  it("compares tables whose keys are texts, and tables without keys, as a whole", async () => {
    await onBoth(
      "CREATE TABLE texts (code varchar(20) NOT NULL, v int, UNIQUE KEY by_code (code))",
      "INSERT INTO texts VALUES ('a', 1), ('B', 2), ('京', 3)",
      "CREATE TABLE bare (v int)",
      "INSERT INTO bare VALUES (1), (1), (2)",
    );
    expect(await compare("texts")).toMatchObject({ equal: true });
    await connections[1]?.query("UPDATE texts SET v = 4 WHERE code = '京'");
    await connections[1]?.query("UPDATE bare SET v = 2 LIMIT 1");

    expect(await compare("texts")).toMatchObject({ differences: [{ from: null, to: null, keys: ["京"] }] });
    expect(await compare("bare")).toEqual({ rows: 3, equal: false, differences: [{ from: null, to: null, keys: [] }] });
  });

  it("compares JSON by value, which MySQL and MariaDB store in other texts", async () => {
    await onBoth(
      "CREATE TABLE docs (id int PRIMARY KEY, doc json, v int)",
      "CREATE TABLE named (code varchar(9) PRIMARY KEY, doc json)",
    );
    const written = (count: number, text: string): unknown[][] =>
      Array.from({ length: count }, (_, id) => [id, text.replace("ID", String(id)), id]);
    const [mine, theirs] = [
      `{"b": [1, 2.50, "x"], "aa":{"n": ID, "big": 18446744073709551615}, "a":1e2, "a": -0.0}`,
      `{ "a":0,"aa":{"big":18446744073709551615,"n":ID},"b" : [1.0,25e-1,"\\u0078"] }`,
    ];
    await connections[0]?.query("INSERT INTO docs VALUES ?", [written(1_000, mine)]);
    await connections[1]?.query("INSERT INTO docs VALUES ?", [written(1_000, theirs)]);
    await connections[0]?.query("INSERT INTO named VALUES ('one', ?), ('none', NULL)", [mine.replace("ID", "1")]);
    await connections[1]?.query("INSERT INTO named VALUES ('one', ?), ('none', NULL)", [theirs.replace("ID", "1")]);
    expect(await compare("docs")).toEqual({ rows: 1_000, equal: true, differences: [] });
    expect(await compare("named")).toMatchObject({ equal: true });

    await connections[1]?.query(`UPDATE docs SET doc = '{"a": "0"}' WHERE id = 7`);
    await connections[1]?.query(
      `UPDATE docs SET doc = REPLACE(doc, '18446744073709551615', '18446744073709551614') WHERE id = 701`,
    );
    await connections[1]?.query("UPDATE docs SET doc = NULL WHERE id = 702");
    await connections[1]?.query("UPDATE docs SET v = 0 WHERE id = 703");
    await connections[1]?.query("UPDATE named SET doc = '[]' WHERE code = 'none'");

    expect(await compare("docs")).toMatchObject({ differences: [{ keys: ["7", "701", "702", "703"] }] });
    expect(await compare("named")).toMatchObject({ differences: [{ keys: ["none"] }] });
  });

  it("keeps values apart that have the same text together", async () => {
    await onBoth(
      "CREATE TABLE shifted (id int PRIMARY KEY, a int, t varchar(20) COLLATE utf8mb4_bin NOT NULL, u varchar(20), v int)",
    );
    const rows: readonly [string, string][] = [
      ["NULL, '3,abc', NULL, 1", "5, 'abc', NULL, 1"],
      ["1, '', NULL, NULL", "NULL, '', NULL, 1"],
      ["NULL, '', ';', 3", "NULL, '', NULL, 3"],
      ["NULL, 'x', 'a,;,1', NULL", "NULL, 'x', 'a', 1"],
      ["NULL, 'NULL', 'NULL', 0", "NULL, 'NULL', NULL, 0"],
    ];
    for (const [id, pair] of rows.entries()) {
      for (const [index, values] of pair.entries()) {
        await connections[index]?.query(`INSERT INTO shifted VALUES (${id}, ${values})`);
      }
    }

    expect(await compare("shifted")).toMatchObject({ differences: [{ keys: ["0", "1", "2", "3", "4"] }] });
  });

  it("calls tables with other columns different", async () => {
    await onBoth("CREATE TABLE columns (id int PRIMARY KEY)", "INSERT INTO columns VALUES (1)");
    await connections[1]?.query("ALTER TABLE columns ADD v int");

    expect(await compare("columns")).toMatchObject({ rows: 1, equal: false });
  });
});
