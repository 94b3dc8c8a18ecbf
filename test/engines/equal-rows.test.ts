import type { RowDataPacket } from "mysql2/promise";
import { buildLayer, dbt, withStatus } from "../integration/dbt/dbt-command.ts";
import {
  allRowsOf,
  loadStaging,
  moving,
  publish,
  smallBusiness,
  tenant,
  type Staging,
} from "../integration/dbt/small-business.ts";
import { testServices } from "../support/services.ts";
import { testWarehouse, type TestWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 600_000;
const { apartments, movings, tenants } = smallBusiness;

/** Spellings that utf8mb4_unicode_ci takes for equal; MySQL still groups some of them apart. */
const spellings = ["Tokyo", "tokyo", "Tókyo", "Tokyo\u00a0", "Tokyo\u200b", "😀", "𠮷"];

/** The next day: a changed tenant, a new tenant, a duplicate, texts that need cleaning, and buildings whose prefectures differ in spelling. */
const nextDay: Staging = {
  ...smallBusiness,
  apartments: [
    ...apartments,
    ...spellings.map((spelling, index) => ({
      ...{ id: 11 + index, unique_number: spelling, apartment_name: "a", prefecture: spelling },
      ...{ latitude: 35.6, longitude: 139.7, room_count: 1, vacancy_room_count: 0 },
    })),
  ],
  tenants: [
    ...tenants.map((row) => (row["id"] === 1 ? { ...row, status: 14, is_paysle_unpaid: 1 } : row)),
    tenant({ id: 5, full_name: "\u000bé\u0085", nationality: "ﾚｿﾄ\u2028", personal_identity: "08\u2028", corporate_name: "\u000c", status: 4 }), // prettier-ignore
    tenant({ id: 4, full_name: "　null\n", birth_date: "0000-00-00", age: 30, nationality: "レソト", personal_identity: " 08 ", status: 4 }), // prettier-ignore
  ],
  movings: [
    ...movings,
    moving({ id: 4, tenant_id: 1, apartment_id: 1, room_id: 1, movein_date: "2024-04-01", cancel_flag: 1, rent: 0 }),
    moving({ id: 5, tenant_id: 4, apartment_id: 2, room_id: 3, movein_date: "2025-01-31", moveout_receipt_date: "2026-01-01", moveout_plans_date: "2026-02-28" }), // prettier-ignore
    ...spellings.map((_, index) =>
      moving({
        ...{ id: 11 + index, tenant_id: 1, apartment_id: 11 + index, room_id: 1, is_moveout: 1 },
        ...{ movein_date: "2025-01-01", moveout_receipt_date: "2026-01-01", moveout_date: "2026-02-01" },
      }),
    ),
  ],
};

/** Texts that the regular expressions of the engines could treat differently. */
const texts = [
  ...["", " ", "　", "--", " nuLL\n", "nüll", "a", " a b ", "\t\r\n　a　\n\n", "a\n", "\na", "a\n\n b", "a\r"],
  ...["\u000b", "\u000c", "\u0085", "\u00a0", "\u200b", "\u2028", "\u2029"].flatMap((c) => [
    `${c}a${c}`,
    `a ${c}`,
    `a${c} `,
  ]),
  ...[`${" ".repeat(50_000)}a`, `a${" ".repeat(50_000)}`, `a${" ".repeat(50_000)}b `, `${" \n".repeat(25_000)}\u2028`],
  ...["😀 ".repeat(200), ` ${"京".repeat(300)} `],
];
/** Longest time for all texts; a quadratic expression takes minutes. */
const TEXTS_MS = 60_000;

/** The rule of the macro `clean_text`. */
function cleanText(text: string): string | null {
  const trimmed = text.replace(/^[ \t\r\n\u3000]+/, "").replace(/(?<![ \t\r\n\u3000])[ \t\r\n\u3000]+$/, "");
  return ["", "--", "null"].includes(trimmed.toLowerCase()) ? null : [...trimmed].slice(0, 255).join("");
}

describe("MySQL and MariaDB", () => {
  const mariadb = testWarehouse(testServices("mariadb").database);
  const mysql = testWarehouse(testServices("mysql").database);
  const both = [mariadb, mysql];

  afterAll(() => Promise.all(both.map((warehouse) => warehouse.dispose())));

  it(
    "give equal rows in every table",
    async () => {
      const build = async (warehouse: TestWarehouse): Promise<void> => {
        await loadStaging(warehouse, nextDay);
        for (const layer of ["silver", "gold"] as const) {
          const run = await buildLayer(warehouse.config, layer, { vars: { business_date: "2026-02-08", force: true } });
          expect(withStatus(run, "error", "fail", "skipped")).toEqual([]);
          await publish(warehouse, layer);
        }
      };

      await Promise.all(both.map(build));

      for (const layer of ["silver", "gold"] as const) {
        const rows = await allRowsOf(mariadb, layer);
        expect(Object.values(rows).some((table) => table.length > 0)).toBe(true);
        expect(await allRowsOf(mysql, layer)).toEqual(rows);
      }
    },
    TIMEOUT_MS,
  );

  /** The SQL of an expression of models. */
  const compile = async (expression: string): Promise<string> => {
    const run = await dbt(mariadb.config, ["compile", "--inline", expression]);
    return String(run.events.map(({ data }) => data["compiled"]).find((sql) => typeof sql === "string"));
  };

  it(
    "cut fractions of a second, which MySQL rounds and MariaDB cuts",
    async () => {
      const times = ["2026-02-07 23:59:59.999999", "2026-02-07 14:59:59.500000", "0000-00-00 00:00:00.500000"];
      const expressions = ["clean_timestamp('t')", "clean_timestamp('t', 3)", "to_local_date('t')"];
      const values = expressions.map((expression, index) => `cast({{ ${expression} }} as char) as v${index}`);
      const cleaned = async ({ config, pool, prefix }: TestWarehouse): Promise<unknown[]> => {
        const table = `${prefix}times.times`;
        await pool.query(`CREATE DATABASE ${prefix}times`);
        await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, t datetime(6))`);
        await pool.query(`INSERT INTO ${table} VALUES ?`, [times.map((time, id) => [id, time])]);
        const sql = `select ${values.join(", ")} from ${table} order by id`;
        const shown = await dbt(config, ["show", "--inline", sql, "--output", "json"]);
        const preview = shown.events.map(({ data }) => data["preview"]).find((rows) => typeof rows === "string");
        return (JSON.parse(String(preview)) as object[]).map((row) => Object.values(row) as unknown[]);
      };

      const expected = [
        ["2026-02-07 23:59:59", "2026-02-07 23:59:59.999", "2026-02-08"],
        ["2026-02-07 14:59:59", "2026-02-07 14:59:59.500", "2026-02-07"],
        [null, null, null],
      ];
      expect(await cleaned(mariadb)).toEqual(expected);
      expect(await cleaned(mysql)).toEqual(expected);
    },
    TIMEOUT_MS,
  );

  it(
    "trim texts in the same way, also long runs of blanks",
    async () => {
      const compiled = await compile("{{ clean_text('v') }}");
      const cleaned = async ({ pool, prefix }: TestWarehouse): Promise<unknown[]> => {
        const table = `${prefix}texts.texts`;
        await pool.query(`CREATE DATABASE ${prefix}texts DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
        await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v mediumtext)`);
        await pool.query(`INSERT INTO ${table} VALUES ?`, [texts.map((text, id) => [id, text])]);
        const started = Date.now();
        const [rows] = await pool.query<RowDataPacket[]>(`SELECT ${compiled} AS clean FROM ${table} ORDER BY id`);
        expect(Date.now() - started).toBeLessThan(TEXTS_MS);
        return rows.map((row) => row["clean"] as unknown);
      };

      const expected = texts.map(cleanText);
      expect(await cleaned(mariadb)).toEqual(expected);
      expect(await cleaned(mysql)).toEqual(expected);
    },
    TIMEOUT_MS,
  );

  it(
    "trim texts of other character sets",
    async () => {
      const compiled = await compile("{{ clean_text('v') }}");
      const cleaned = async ({ pool, prefix }: TestWarehouse): Promise<unknown> => {
        await pool.query(`CREATE DATABASE ${prefix}charsets`);
        const read = async (charset: string, values: readonly string[]): Promise<unknown[]> => {
          const table = `${prefix}charsets.${charset}`;
          await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v varchar(50) CHARACTER SET ${charset})`);
          await pool.query(`INSERT INTO ${table} VALUES ?`, [values.map((text, id) => [id, text])]);
          const [rows] = await pool.query<RowDataPacket[]>(`SELECT ${compiled} AS clean FROM ${table} ORDER BY id`);
          return rows.map((row) => row["clean"] as unknown);
        };
        const plain = [" a ", "\ta\n", " nuLL\r", "--", "a"];
        const japanese = [...plain, "　東京　都　", "東京"];
        return {
          latin1: await read("latin1", [...plain, "\u00a0é "]),
          utf8mb3: await read("utf8mb3", japanese),
          cp932: await read("cp932", japanese),
          sjis: await read("sjis", japanese),
          ujis: await read("ujis", japanese),
          binary: await read("binary", japanese),
        };
      };

      const plain = ["a", "a", null, null, "a"];
      const japanese = [...plain, "東京　都", "東京"];
      const expected = {
        ...{ latin1: [...plain, "\u00a0é"], utf8mb3: japanese },
        ...{ cp932: japanese, sjis: japanese, ujis: japanese, binary: japanese },
      };
      expect(await cleaned(mariadb)).toEqual(expected);
      expect(await cleaned(mysql)).toEqual(expected);
    },
    TIMEOUT_MS,
  );
});
