import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { isPlainName, sqlName } from "./sql-name.ts";
import { textBytes, type ColumnFacts, type TableFacts } from "./table-facts.ts";

/** A file of the starting point. */
export interface StarterFile {
  /** Path below the dbt project. */
  path: string;
  text: string;
}

/** Layer and folder of the first models. */
export const FIRST_MODELS = "silver";
const SOURCES = "models/sources/staging.yml";

/** Longest name of a table. The server's files have a letter that is not ASCII as five bytes, of at most 255. */
const MAX_NAME = 64;
const MAX_FILE_NAME = 240;
/** Longest name of a test: with dbt's additions it fits into a file name and into the 255 characters of the ledger. */
const MAX_TEST_NAME_BYTES = 200;
/** Longest row of a table, without texts of the types TEXT. Half is left for columns that are no text, and for lengths. */
const MAX_ROW_BYTES = 65_535 / 2;
const BUSINESS_DATE = "business_date";

/**
 * The sources YAML of the tables and, for each table with a key, a model that reads it.
 *
 * @param chosen the chosen tables
 * @param limits `meta.quality` of the source
 */
export function startingPoint(chosen: readonly TableFacts[], limits: object): StarterFile[] {
  const tables = chosen.filter(isReadable);
  // dbt accepts no spaces in the names of sources
  const names = distinctNames(tables, (name) => name.replaceAll(/\s/g, "_"));
  const source = {
    name: "staging",
    description: "The source database, loaded whole from its nightly dump: the tables and columns that models read.",
    config: { tags: [FIRST_MODELS], meta: { quality: limits } },
    tables: tables.map((table) => sourceTable(table, names)),
  };
  return [
    { path: SOURCES, text: yaml({ version: 2, sources: [source] }) },
    ...modelsOf(tables, names).flatMap(modelFiles),
  ];
}

function yaml(content: object): string {
  return stringify(content, { lineWidth: 0 });
}

/** @param names names of the sources by table */
function sourceTable({ name, columns, key, unique, relations }: TableFacts, names: Names): object {
  const source = names.get(name) ?? name;
  const known = relations.flatMap((relation) => {
    const to = names.get(relation.toTable);
    return to === undefined ? [] : [{ ...relation, to }];
  });
  return {
    name: source,
    ...(source !== name && { identifier: name }),
    description: `The table ${name} of the source.`,
    ...withTests([
      ...keyTest(source, key),
      ...known.flatMap(({ columns: from, to, toColumns }) =>
        from.length === 1 ? [] : [combinationTest({ source, from, to, toColumns })],
      ),
    ]),
    columns: columns.map((column) => {
      const toOthers = known.flatMap(({ columns: [from, ...others], to, toColumns: [toColumn = ""] }) =>
        from === column.name && others.length === 0 ? [{ to, toColumn }] : [],
      );
      const tests: unknown[] = [
        ...((key.length === 1 && key[0] === column.name) || unique.includes(column.name)
          ? [columnTest("unique", `source_${source}`, column)]
          : []),
        // the server takes a zero date of such a column for NULL
        ...(column.isNotNull && !isDate(column) && !isTime(column)
          ? [columnTest("not_null", `source_${source}`, column)]
          : []),
        ...toOthers.map(({ to, toColumn }) => ({
          relationships: {
            name: testName(`${source}_${column.name}_is_in_${to}`),
            arguments: { to: sourceOf(to), field: sqlName(toColumn) },
          },
        })),
      ];
      return { ...described(column, name), ...withTests(tests) };
    }),
  };
}

function described({ name, type, comment }: ColumnFacts, table: string): object {
  return {
    name,
    // without it, tests would not quote the name
    ...(!isPlainName(name) && { quote: true }),
    description: comment === "" ? `The column ${name} of ${table}.` : comment.replaceAll(/\{(?=[{%#])/g, "{ "),
    data_type: type,
  };
}

/** The test of a key of several columns. Its own name is short; dbt's would contain all columns. */
function keyTest(table: string, key: readonly string[]): object[] {
  if (key.length < 2) return [];
  return [
    { unique_combination: { name: testName(`${table}_key_is_unique`), arguments: { columns: key.map(sqlName) } } },
  ];
}

/** The test of a relation by several columns. */
function combinationTest({
  source,
  from,
  to,
  toColumns,
}: {
  source: string;
  from: readonly string[];
  to: string;
  toColumns: readonly string[];
}): object {
  const name = testName(`${source}_${from.join("_")}_is_in_${to}`);
  const names = { columns: from.map(sqlName), to_columns: toColumns.map(sqlName) };
  return { combination_exists: { name, arguments: { to: sourceOf(to), ...names } } };
}

/** A test of a column. Where dbt's name of it would not contain the column's whole name, the test has a name of its own. */
function columnTest(kind: "unique" | "not_null", table: string, { name }: ColumnFacts): unknown {
  return /^\w+$/.test(name) ? kind : { [kind]: { name: testName(`${kind}_${table}_${name}`) } };
}

/** dbt accepts no spaces in the name of a test, and writes a file with this name. */
function testName(name: string): string {
  const plain = name.replaceAll(/\s/g, "_");
  if (Buffer.byteLength(plain) <= MAX_TEST_NAME_BYTES) return plain;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let start = plain;
  while (Buffer.byteLength(start) > MAX_TEST_NAME_BYTES - digest.length - 1) start = start.slice(0, -1);
  return `${start}_${digest}`;
}

function withTests(tests: readonly unknown[]): object {
  return tests.length === 0 ? {} : { data_tests: tests };
}

const BUSINESS_DATE_COLUMN = {
  name: BUSINESS_DATE,
  description: "The day whose dump made this row.",
  data_type: "date",
  constraints: [{ type: "not_null" }],
};

/** A table with a key, the name of its source and that of its model. */
interface Model extends TableFacts {
  source: string;
  model: string;
}

function modelsOf(tables: readonly TableFacts[], sources: Names): Model[] {
  const keyed = tables.filter(({ key }) => key.length > 0);
  const models = distinctNames(keyed, (name) => `stg_${name.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}_]/gu, "_")}`);
  return keyed.map((table) => ({
    ...table,
    source: sources.get(table.name) ?? table.name,
    model: models.get(table.name) ?? table.name,
  }));
}

/** Other names of tables, by the table's own. */
type Names = ReadonlyMap<string, string>;

/** Gives each table another name of its own: names of tables can differ in what the other name cannot contain. */
function distinctNames(tables: readonly TableFacts[], plainOf: (name: string) => string): Names {
  const taken = new Set<string>();
  return new Map(
    tables.map(({ name }) => {
      const plain = plainOf(name);
      let found = shortened(plain, "");
      for (let number = 2; taken.has(found); number += 1) found = shortened(plain, `_${number}`);
      taken.add(found);
      return [name, found];
    }),
  );
}

/** The name with an ending, cut to what the server can store. */
function shortened(name: string, ending: string): string {
  let start = name.slice(0, MAX_NAME - ending.length);
  while (start.replaceAll(/[^\w]/g, "12345").length + ending.length > MAX_FILE_NAME) start = start.slice(0, -1);
  return start + ending;
}

/** Whether dbt can read a table: it writes its name in quotes. */
export const isReadable = ({ name }: Pick<TableFacts, "name">): boolean => !/['"\\]/.test(name);

const sourceOf = (source: string): string => `source('staging', '${source}')`;

function modelFiles(table: Model): StarterFile[] {
  const path = `models/${FIRST_MODELS}/${table.model}`;
  return [
    { path: `${path}.sql`, text: modelSql(table) },
    { path: `${path}.yml`, text: modelYaml(table) },
  ];
}

const isDate = ({ type }: ColumnFacts): boolean => /^date$/.test(type);
/** The digits of a second's fraction: `(6)`; empty without one. */
const fractionOf = ({ type }: ColumnFacts): string => /\(.*\)/.exec(type)?.[0] ?? "";
const isTime = ({ type }: ColumnFacts): boolean => /^(datetime|timestamp)/.test(type);

/** The type in a model, whose texts are utf8mb4: a longer row has a TEXT, and keys stay as different as in the source. */
function typeInModel(column: ColumnFacts, { columns, key, unique }: TableFacts): string {
  if (isTime(column)) return `datetime${fractionOf(column)}`;
  const isUnique = key.includes(column.name) || unique.includes(column.name);
  const bytes = textBytes(column);
  if (isUnique && bytes > 0 && column.isCaseSensitive) return `${column.type} collate utf8mb4_bin`;
  const inRow = columns.reduce((sum, each) => sum + textBytes(each), 0);
  return !isUnique && bytes > 1_024 && inRow > MAX_ROW_BYTES ? "mediumtext" : column.type;
}

/** Reads the source's rows; zero dates become NULL except in the key, and every row has its business date. */
function modelSql({ name, source, columns, key }: Model): string {
  const rows = sqlName(name);
  const selected = columns.map((column) => {
    const value = `${rows}.${sqlName(column.name)}`;
    if (key.includes(column.name)) return value;
    if (isDate(column)) return `{{ clean_date('${value}') }} as ${sqlName(column.name)}`;
    if (isTime(column)) {
      const digits = fractionOf(column).replace(/^\((.*)\)$/, ", $1");
      return `{{ clean_timestamp('${value}'${digits}) }} as ${sqlName(column.name)}`;
    }
    return value;
  });
  const dated = hasBusinessDate(columns) ? [] : [`{{ business_date() }} as ${BUSINESS_DATE}`];
  const final = [...selected, ...dated].map((line) => `        ${line}`).join(",\n");
  return `with ${rows} as (select * from {{ ${sourceOf(source)} }}),

final as (
    select
${final}
    from ${rows}
)

select * from final
`;
}

/** A column of the source with this name stays as it is. */
function hasBusinessDate(columns: readonly ColumnFacts[]): boolean {
  return columns.some(({ name }) => name.toLowerCase() === BUSINESS_DATE);
}

function modelYaml(table: Model): string {
  const { name, source, columns, key, unique } = table;
  const isKey = (column: ColumnFacts): boolean => key.includes(column.name);
  return yaml({
    version: 2,
    models: [
      {
        name: table.model,
        description: `One row for each row of ${name}.`,
        config: { meta: { primary_key: key } },
        ...withTests([{ row_count_equals: { arguments: { to: sourceOf(source) } } }, ...keyTest(table.model, key)]),
        columns: [
          ...columns.map((column) => {
            // a zero date becomes NULL; in a key it stays, but the server takes it for NULL
            const canBeZero = isDate(column) || isTime(column);
            const isRequired = column.isNotNull && !canBeZero;
            return {
              ...described({ ...column, type: typeInModel(column, table) }, name),
              ...((isRequired || isKey(column)) && { constraints: [{ type: "not_null" }] }),
              ...withTests([
                ...((key.length === 1 && isKey(column)) || unique.includes(column.name)
                  ? [columnTest("unique", table.model, column)]
                  : []),
                ...(isRequired ? [columnTest("not_null", table.model, column)] : []),
              ]),
            };
          }),
          ...(hasBusinessDate(columns) ? [] : [BUSINESS_DATE_COLUMN]),
        ],
      },
    ],
  });
}
