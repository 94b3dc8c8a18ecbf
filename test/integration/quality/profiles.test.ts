import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import { schemasOf } from "../../../shared/config/schemas-of.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { loadDump, type LoadedTable } from "../../../shared/loader/load-dump.ts";
import { textForm } from "../../../shared/loader/lexer/text-form.ts";
import { valueForms } from "../../../shared/loader/lexer/value-forms.ts";
import { blankCount } from "../../../shared/quality/blank-count.ts";
import { describeTables, type DescribedColumn } from "../../../shared/quality/describe-tables.ts";
import { profileTable } from "../../../shared/quality/profile-table.ts";
import { readQualityRules } from "../../../shared/quality/read-quality-rules.ts";
import type { TableProfile } from "../../../shared/quality/table-profile.ts";
import { dumpOf } from "../../support/months/source-history.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const TIMEOUT_MS = 120_000;
const DAY_END = new Date("2026-02-08T00:00:00+09:00");

/** Texts that are blank or nearly blank, and extreme texts that a dump may contain. */
const EDGES = [
  ...["", "--", "NULL", "null", "Null", " NULL", "NULL ", "ＮＵＬＬ", "ÑULL", "NUL", "NULLS", "N", "nu-ll", "-", "---"],
  ...[
    " ",
    "   ",
    "　",
    "\t",
    "\n",
    " -- ",
    "--\u0000",
    "\u200b",
    "゛",
    "゙",
    "ー",
    "・",
    "…",
    "😀",
    "'",
    "\\",
    "\\N",
    "%",
  ],
  ...[
    "0",
    "-5",
    "x",
    "家賃",
    "カード",
    "さ",
    "ゝ",
    "김",
    "이",
    "Иван",
    "မောင်",
    "Đỗ",
    "Ł",
    "ﾛ",
    "０",
    "０x",
    "\u0301",
    "a\u0301",
  ],
];

/** Collations with different rules: weights, case, width, padding. */
const COLLATIONS = [
  ...["utf8mb4_unicode_ci", "utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_unicode_520_ci", "utf8mb4_unicode_nopad_ci"],
  "utf8mb4_general_nopad_ci",
];

function quoted(text: string): string {
  const escapes: Record<string, string> = { "\0": "\\0", "\n": "\\n", "'": "\\'", "\\": "\\\\" };
  return `'${text.replace(/[\0\n'\\]/g, (special) => escapes[special] ?? special)}'`;
}

function doubleQuoted(text: string): string {
  return `"${text.replace(/["\\]/g, (special) => `\\${special}`)}"`;
}

describe("a profile that uses counts of the index pass", () => {
  const warehouse = testWarehouse();
  const schemas = schemasOf(warehouse.prefix, "staging");
  let folder = "";
  let connection: Connection;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-profiles-"));
    connection = await connect(warehouse.config);
  });
  afterAll(async () => {
    await connection.end();
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function load(dump: Buffer | string): Promise<readonly LoadedTable[]> {
    const location = join(folder, "dump.sql");
    await writeFile(location, dump);
    const { tables } = await loadDump({ location, warehouse: warehouse.config, schemas, preserveEmpty: ["*"] });
    return tables;
  }

  const columnsOf = (tables: readonly LoadedTable[]): Promise<Map<string, DescribedColumn[]>> =>
    describeTables(
      connection,
      tables.map(({ name }) => ({ schema: schemas.next, name })),
    );

  /** Both profiles of each table: one with the figures from the dump, one from reading all rows. */
  async function bothProfiles(
    tables: readonly LoadedTable[],
    codesOf: (table: string) => string[] = () => [],
  ): Promise<{ quick: TableProfile[]; whole: TableProfile[] }> {
    const described = await columnsOf(tables);
    const profile = async (isQuick: boolean): Promise<TableProfile[]> => {
      const profiles: TableProfile[] = [];
      for (const { name: table, contentHash, blanks } of tables) {
        const columns = described.get(`${schemas.next}.${table}`) ?? [];
        const place = { schema: schemas.next, table, contentHash, codeColumns: codesOf(table), columns };
        const known = isQuick ? blanks : new Map<string, never>();
        profiles.push(await profileTable(connection, { ...place, blanks: known }, DAY_END));
      }
      return profiles;
    };
    return { quick: await profile(true), whole: await profile(false) };
  }

  it(
    "equals a profile of all rows, for the data errors of a sample",
    async () => {
      const { codes } = await readQualityRules(join(projectRoot, "dbt"));
      const { chunks } = dumpOf(generateSample({ sizeBytes: 3_000_000, seed: 4, date: "2026-02-07" }));
      const tables = await load(Buffer.concat([...chunks]));

      const { quick, whole } = await bothProfiles(tables, (table) =>
        codes.filter((code) => code.table === table).map(({ column }) => column),
      );

      expect(quick).toEqual(whole);
      const filled = whole.flatMap(({ rows, columns }) => columns.filter(({ blanks }) => blanks > 0 && blanks < rows));
      expect(filled.length).toBeGreaterThan(300);
    },
    TIMEOUT_MS,
  );

  it(
    "reads no rows to count blanks, unless a column has many texts without a letter",
    async () => {
      const { chunks } = dumpOf(generateSample({ sizeBytes: 3_000_000, seed: 4, date: "2026-02-07" }));
      const tables = await load(Buffer.concat([...chunks]));
      const described = await columnsOf(tables);

      const counted = tables.flatMap(({ name, blanks }) =>
        (described.get(`${schemas.next}.${name}`) ?? []).map((column) => ({
          column: `${name}.${column.name}`,
          sql: blankCount(column, blanks.get(column.name.toLowerCase())).sql,
        })),
      );

      expect(counted.length).toBeGreaterThan(900);
      expect(counted.filter(({ sql }) => sql?.includes("COUNT(") === true)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "equals it for edge cases of texts, in any collation, character set and form of the dump",
    async () => {
      const types = [
        ...COLLATIONS.map((collation) => `varchar(40) COLLATE ${collation}`),
        ...["char(40)", "char(40) COLLATE utf8mb4_unicode_nopad_ci", "tinytext", "text", "mediumtext", "json"],
        ...["varchar(40) NOT NULL", "varbinary(40)", "int", "int NOT NULL", "timestamp NULL", "decimal(9,2)"],
        ...["enum('','NULL','x')", "varchar(40) CHARACTER SET latin1"],
      ];
      const names = types.map((_, index) => `c${index}`);
      const definition = types.map((type, index) => `c${index} ${type}`).join(", ");
      const create = `CREATE TABLE T (id int PRIMARY KEY, ${definition}, g varchar(40) AS (c0)) CHARSET=utf8mb4;\n`;
      const text = fc.oneof(fc.constantFrom(...EDGES), fc.stringMatching(/^[ NULnul-]{0,4}$/));
      const nullable = (some: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant("NULL"), some);
      const literal = text.chain((value) =>
        fc.constantFrom(quoted(value), quoted(value), quoted(value), doubleQuoted(value), `N${quoted(value)}`),
      );
      const valueFor = (type: string): fc.Arbitrary<string> => {
        if (type === "int NOT NULL") return fc.constant("7");
        if (/^(?:int|decimal)/.test(type)) return nullable(fc.constantFrom("0", "-1", "'3'"));
        if (type.startsWith("timestamp"))
          return nullable(fc.constantFrom("'2026-02-07 01:02:03'", "'2026-01-01 00:00:00'"));
        if (type.startsWith("enum")) return nullable(fc.constantFrom("''", "'NULL'", "'x'"));
        if (type === "json") return nullable(fc.constantFrom("'1'", "'{}'", "'null'"));
        if (type.includes("latin1")) return nullable(fc.constantFrom("''", "'--'", "'null'", "' '", "'Ñ'", "'a'"));
        return type.includes("NOT NULL") ? literal : nullable(literal);
      };
      const row = fc.tuple(...types.map(valueFor)).map((values) => values.join(","));
      const rows = fc.array(row, { minLength: 1, maxLength: 60 });
      const session = fc.constantFrom("", "", "SET NAMES utf8mb4;\n");

      await fc.assert(
        fc.asyncProperty(rows, session, fc.boolean(), async (list, settings, isSplit) => {
          const insert = `INSERT INTO T (id, ${names.join(", ")}) VALUES `;
          const values = list.map((line, id) => `(${id},${line})`);
          const inserts = isSplit ? values.map((value) => `${insert}${value};\n`) : [`${insert}${values.join(",")};\n`];
          const tables = await load(settings + create + inserts.join(""));

          const { quick, whole } = await bothProfiles(tables);

          expect(quick).toEqual(whole);
        }),
        { numRuns: 30 },
      );
    },
    TIMEOUT_MS,
  );
});

describe("texts that are not compared by the server", () => {
  const warehouse = testWarehouse();
  afterAll(() => warehouse.dispose());

  it(
    "are not blank in any collation of the server",
    async () => {
      const characters = Array.from({ length: 0xffff }, (_, code) => code + 1)
        .filter((code) => code < 0xd800 || code > 0xdfff)
        .map((code) => String.fromCodePoint(code))
        .filter((character) => {
          const bytes = Buffer.from(character);
          return textForm(bytes, 0, bytes.length) === valueForms.text;
        });
      expect(characters.length).toBeGreaterThan(30_000);
      const { pool, prefix } = warehouse;
      await pool.query(`CREATE DATABASE ${prefix}proof DEFAULT CHARACTER SET utf8mb4`);
      await pool.query(`CREATE TABLE ${prefix}proof.proof (c varchar(10) COLLATE utf8mb4_bin NOT NULL) ENGINE=MEMORY`);
      for (let from = 0; from < characters.length; from += 10_000) {
        const some = characters.slice(from, from + 10_000).map((character) => [character]);
        await pool.query(`INSERT INTO ${prefix}proof.proof VALUES ?`, [some]);
      }
      const [collations] = await pool.query<(RowDataPacket & { name: string })[]>(
        `SELECT collation_name AS name FROM information_schema.collation_character_set_applicability
          WHERE character_set_name = 'utf8mb4'`,
      );
      expect(collations.length).toBeGreaterThan(40);

      const blank: string[] = [];
      for (const { name } of collations) {
        const [rows] = await pool.query<(RowDataPacket & { c: string })[]>(
          `SELECT c FROM ${prefix}proof.proof WHERE c COLLATE ${name} IN ('', '--', 'NULL')
            OR CONCAT('N', c) COLLATE ${name} IN ('', '--', 'NULL') OR CONCAT(c, 'ULL') COLLATE ${name} IN ('', '--', 'NULL') LIMIT 5`,
        );
        blank.push(...rows.map(({ c }) => `${c} (${name})`));
      }

      expect(blank).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
