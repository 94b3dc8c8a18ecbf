import { stringify } from "yaml";
import { isPlainName, sqlName } from "./sql-name.ts";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";

/** A file of the starting point. */
export interface StarterFile {
  /** Path below the dbt project. */
  path: string;
  text: string;
}

/** Layer and folder of the first models. */
export const FIRST_MODELS = "silver";
const SOURCES = "models/sources/staging.yml";

/** Longest name that a model can have. */
const MAX_NAME = 64;

/**
 * The sources YAML of the tables and, for each table with a key, a model that reads it.
 *
 * @param tables the chosen tables
 * @param limits `meta.quality` of the source
 */
export function startingPoint(tables: readonly TableFacts[], limits: object): StarterFile[] {
  const names = new Set(tables.map(({ name }) => name));
  const source = {
    name: "staging",
    description: "The source database, loaded whole from its nightly dump: the tables and columns that models read.",
    config: { tags: [FIRST_MODELS], meta: { quality: limits } },
    tables: tables.map((table) => sourceTable(table, names)),
  };
  return [
    { path: SOURCES, text: yaml({ version: 2, sources: [source] }) },
    ...tables.filter(({ key }) => key.length > 0).flatMap(modelFiles),
  ];
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
        ...(column.isNotNull ? ["not_null"] : []),
        ...toOthers.map(({ toTable, toColumn }) => ({
          relationships: { arguments: { to: `source('staging', '${toTable}')`, field: sqlName(toColumn) } },
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
    description: comment === "" ? `The column ${name} of ${table}.` : comment.replaceAll("{{", "{ {"),
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

/** Name of a table's model. */
function modelName(table: string): string {
  return `stg_${table.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_")}`.slice(0, MAX_NAME);
}

function modelFiles(table: TableFacts): StarterFile[] {
  const path = `models/${FIRST_MODELS}/${modelName(table.name)}`;
  return [
    { path: `${path}.sql`, text: modelSql(table) },
    { path: `${path}.yml`, text: modelYaml(table) },
  ];
}

const isDate = ({ type }: ColumnFacts): boolean => /^date$/.test(type);
const isTime = ({ type }: ColumnFacts): boolean => /^(datetime|timestamp)/.test(type);

/** Reads the source's rows; zero dates become NULL, and every row has its business date. */
function modelSql({ name, columns }: TableFacts): string {
  const rows = sqlName(name);
  const selected = columns.map((column) => {
    const value = `${rows}.${sqlName(column.name)}`;
    if (isDate(column)) return `{{ clean_date('${value}') }} as ${sqlName(column.name)}`;
    if (isTime(column)) return `{{ clean_timestamp('${value}') }} as ${sqlName(column.name)}`;
    return value;
  });
  const final = [...selected, "{{ business_date() }} as business_date"].map((line) => `        ${line}`).join(",\n");
  return `with ${rows} as (select * from {{ source('staging', '${name}') }}),

final as (
    select
${final}
    from ${rows}
)

select * from final
`;
}

function modelYaml({ name, columns, key, unique }: TableFacts): string {
  const isKey = (column: ColumnFacts): boolean => key.includes(column.name);
  return yaml({
    version: 2,
    models: [
      {
        name: modelName(name),
        description: `One row for each row of ${name}.`,
        config: { meta: { primary_key: key } },
        ...withTests([
          { row_count_equals: { arguments: { to: `source('staging', '${name}')` } } },
          ...(key.length < 2 ? [] : [{ unique_combination: { arguments: { columns: key.map(sqlName) } } }]),
        ]),
        columns: [
          ...columns.map((column) => {
            // a zero date becomes NULL
            const isRequired = column.isNotNull && (isKey(column) || !(isDate(column) || isTime(column)));
            return {
              ...described({ ...column, type: isTime(column) ? "datetime" : column.type }, name),
              ...(isRequired && { constraints: [{ type: "not_null" }] }),
              ...withTests([
                ...((key.length === 1 && isKey(column)) || unique.includes(column.name) ? ["unique"] : []),
                ...(isRequired ? ["not_null"] : []),
              ]),
            };
          }),
          {
            name: "business_date",
            description: "The day whose dump made this row.",
            data_type: "date",
            constraints: [{ type: "not_null" }],
          },
        ],
      },
    ],
  });
}
