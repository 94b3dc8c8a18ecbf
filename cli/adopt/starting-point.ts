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

/** Longest name that a model can have. The server's files have a letter that is not ASCII as five bytes, of at most 255. */
const MAX_NAME = 64;
const MAX_FILE_NAME = 240;
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
  const names = new Set(tables.map(({ name }) => name));
  const source = {
    name: "staging",
    description: "The source database, loaded whole from its nightly dump: the tables and columns that models read.",
    config: { tags: [FIRST_MODELS], meta: { quality: limits } },
    tables: tables.map((table) => sourceTable(table, names)),
  };
  return [{ path: SOURCES, text: yaml({ version: 2, sources: [source] }) }, ...modelsOf(tables).flatMap(modelFiles)];
}

function yaml(content: object): string {
  return stringify(content, { lineWidth: 0 });
}

function sourceTable({ name, columns, key, unique, relations }: TableFacts, names: ReadonlySet<string>): object {
  return {
    name,
    description: `The table ${name} of the source.`,
    ...keyTest(key),
    columns: columns.map((column) => {
      const toOthers = relations.filter(({ column: from, toTable }) => from === column.name && names.has(toTable));
      const tests: unknown[] = [
        ...((key.length === 1 && key[0] === column.name) || unique.includes(column.name) ? ["unique"] : []),
        // the server takes a zero date of such a column for NULL
        ...(column.isNotNull && !isDate(column) && !isTime(column) ? ["not_null"] : []),
        ...toOthers.map(({ toTable, toColumn }) => ({
          relationships: { arguments: { to: sourceOf(toTable), field: sqlName(toColumn) } },
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

function keyTest(key: readonly string[]): object {
  if (key.length < 2) return {};
  return withTests([{ unique_combination: { arguments: { columns: key.map(sqlName) } } }]);
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

/** A table with a key, and the name of its model. */
interface Model extends TableFacts {
  model: string;
}

/** Gives each table with a key a model of another name: names of tables can differ in what a model's name cannot contain. */
function modelsOf(tables: readonly TableFacts[]): Model[] {
  const taken = new Set<string>();
  return tables
    .filter(({ key }) => key.length > 0)
    .map((table) => {
      const plain = `stg_${table.name.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}_]/gu, "_")}`;
      let model = shortened(plain, "");
      for (let number = 2; taken.has(model); number += 1) model = shortened(plain, `_${number}`);
      taken.add(model);
      return { ...table, model };
    });
}

/** The name with an ending, cut to what the server can store. */
function shortened(name: string, ending: string): string {
  let start = name.slice(0, MAX_NAME - ending.length);
  while (start.replaceAll(/[^\w]/g, "12345").length + ending.length > MAX_FILE_NAME) start = start.slice(0, -1);
  return start + ending;
}

/** Whether dbt can read a table: it writes its name in quotes. */
export const isReadable = ({ name }: Pick<TableFacts, "name">): boolean => !/['"\\]/.test(name);

const sourceOf = (table: string): string => `source('staging', '${table}')`;

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

/** Reads the source's rows; zero dates become NULL, and every row has its business date. */
function modelSql({ name, columns }: TableFacts): string {
  const rows = sqlName(name);
  const selected = columns.map((column) => {
    const value = `${rows}.${sqlName(column.name)}`;
    if (isDate(column)) return `{{ clean_date('${value}') }} as ${sqlName(column.name)}`;
    if (isTime(column)) {
      const digits = fractionOf(column).replace(/^\((.*)\)$/, ", $1");
      return `{{ clean_timestamp('${value}'${digits}) }} as ${sqlName(column.name)}`;
    }
    return value;
  });
  const dated = hasBusinessDate(columns) ? [] : [`{{ business_date() }} as ${BUSINESS_DATE}`];
  const final = [...selected, ...dated].map((line) => `        ${line}`).join(",\n");
  return `with ${rows} as (select * from {{ ${sourceOf(name)} }}),

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
  const { name, columns, key, unique } = table;
  const isKey = (column: ColumnFacts): boolean => key.includes(column.name);
  return yaml({
    version: 2,
    models: [
      {
        name: table.model,
        description: `One row for each row of ${name}.`,
        config: { meta: { primary_key: key } },
        ...withTests([
          { row_count_equals: { arguments: { to: sourceOf(name) } } },
          ...(key.length < 2 ? [] : [{ unique_combination: { arguments: { columns: key.map(sqlName) } } }]),
        ]),
        columns: [
          ...columns.map((column) => {
            // a zero date becomes NULL
            const isRequired = column.isNotNull && (isKey(column) || !(isDate(column) || isTime(column)));
            return {
              ...described({ ...column, type: typeInModel(column, table) }, name),
              ...(isRequired && { constraints: [{ type: "not_null" }] }),
              ...withTests([
                ...((key.length === 1 && isKey(column)) || unique.includes(column.name) ? ["unique"] : []),
                ...(isRequired ? ["not_null"] : []),
              ]),
            };
          }),
          ...(hasBusinessDate(columns) ? [] : [BUSINESS_DATE_COLUMN]),
        ],
      },
    ],
  });
}
