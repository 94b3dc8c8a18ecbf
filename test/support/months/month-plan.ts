import { addMonths, dayOf, dayText } from "../../../local/sample/calendar.ts";
import type { SampleFault } from "../../../local/sample/faults.ts";
import { Random } from "../../../local/sample/random.ts";
import type { TableContent } from "../../../local/sample/table-content.ts";
import type { CheckResult } from "../../../shared/quality/check-result.ts";
import type { SourceRules } from "../../../shared/quality/read-quality-rules.ts";

/** An anomaly that lasts from one day of a month on. */
export interface Anomaly {
  /** Number of the first day that shows it, counted from 0. */
  day: number;
  /** Number of the first day that no longer shows it. Until then it must be reported exactly once. */
  until: number;
  kind: string;
  /** Description for people. */
  what: string;
  /** The faults to plant in a day's own dump, given its tables. */
  faults(contents: readonly TableContent[]): SampleFault[];
  /** The day whose dump arrives under this day's name. */
  arrivesFrom?: number;
  /** True for a finding that reports this anomaly. */
  isReportedBy(finding: CheckResult): boolean;
}

/** The plan of a month. */
export interface MonthPlan {
  /** Business date of day 0. */
  date: string;
  /** Days without a dump. */
  missing: ReadonlySet<number>;
  anomalies: readonly Anomaly[];
}

/** Number of days in a month. The history grows from the first day on. */
export const MONTH_DAYS = 34;
const MISSING_DAYS = 3;
/** Days of history that the checks without a list of allowed values need; see docs/quality.md. */
const LEARNING_DAYS = 8;
/** In smaller tables, rows drawn at random may not add up to 30 %. */
const CHANCE_ROWS = 100;
/** A column with a lower share of filled values has too few values to lose. */
const FILLED_PERCENT = 30;
/** A code that no list and no sample contains. */
const NEW_CODE = 77;

/** Where anomalies can be planted: the sample's tables and columns on the first day. */
interface Ground {
  random: Random;
  rules: SourceRules;
  tables: readonly GroundTable[];
}
interface GroundTable {
  name: string;
  rows: number;
  isRead: boolean;
  columns: readonly { name: string; type: string; isNullable: boolean; filledPercent: number }[];
}

/**
 * Draws a month: its start date, the days without a dump, and one anomaly of each kind, each on a different day, table
 *
 * @param contents the sample's tables on the first day
 */
export function planMonth(seed: number, contents: readonly TableContent[], rules: SourceRules): MonthPlan {
  const random = new Random(seed, "month plan");
  const date = dayText(addMonths(dayOf("2025-11-01"), random.int(0, 14)) + random.int(0, 30));
  const ground = { random, rules, tables: contents.map((content) => groundOf(content, rules)) };
  const days = Array.from({ length: MONTH_DAYS - 1 }, (_, index) => index + 1);
  const draw = (earliest = 1): number => {
    const possible = days.filter((day) => day >= earliest);
    const day = random.pick(possible);
    days.splice(days.indexOf(day), 1);
    return day;
  };
  const missing = new Set(Array.from({ length: MISSING_DAYS }, () => draw(2)));
  const taken = new Set<string>();
  const anomalies = kinds.map(({ kind, earliest, plant }): Anomaly => {
    const day = draw(earliest);
    return { kind, day, until: day + 1, ...plant(ground, { day, missing, taken }) };
  });
  return { date, missing, anomalies: anomalies.sort((a, b) => a.day - b.day) };
}

function countRows(contents: readonly TableContent[], table: string): number {
  const rows = contents.find((content) => content.table.name === table)?.rows() ?? [];
  return [...rows].length;
}

function groundOf({ table, rows }: TableContent, rules: SourceRules): GroundTable {
  const filled = new Array<number>(table.columns.length).fill(0);
  let count = 0;
  for (const row of rows()) {
    count += 1;
    for (const [index, cell] of row.entries()) {
      if (cell !== null && !["", "--", "NULL"].includes(String(cell))) filled[index] = (filled[index] ?? 0) + 1;
    }
  }
  return {
    name: table.name,
    rows: count,
    isRead: rules.read.has(table.name),
    columns: table.columns.map(({ name, type, isNullable }, index) => ({
      ...{ name, type, isNullable },
      filledPercent: (100 * (filled[index] ?? 0)) / Math.max(1, count),
    })),
  };
}

interface Place {
  day: number;
  missing: ReadonlySet<number>;
  /** Tables that already have an anomaly. */
  taken: Set<string>;
}
type Planted = Pick<Anomaly, "what" | "faults" | "isReportedBy"> & Partial<Pick<Anomaly, "arrivesFrom" | "until">>;
interface Kind {
  kind: string;
  earliest?: number;
  plant: (ground: Ground, place: Place) => Planted;
}

/** The end of an anomaly that lasts one day, several days, or the rest of the month. */
function endOf({ random }: Ground, { day }: Place): number {
  return random.pick([day + 1, day + random.int(2, 6), MONTH_DAYS]);
}

function pickTable(
  { random, tables }: Ground,
  { taken }: Place,
  isWanted: (table: GroundTable) => boolean,
): GroundTable {
  const table = random.pick(tables.filter((each) => !taken.has(each.name) && each.rows > 0 && isWanted(each)));
  taken.add(table.name);
  return table;
}

/** Matches any finding about the table: a loss may show in several ways. */
function about(table: string): Anomaly["isReportedBy"] {
  return ({ model }) => model === table;
}

function named(name: string): Anomaly["isReportedBy"] {
  return (finding) => finding.name === name;
}

/** A table loses 30 % of its rows: the last ones, as in a truncated dump, or random ones. */
function shrink(isWanted: (table: GroundTable) => boolean): Kind["plant"] {
  return (ground, place) => {
    const table = pickTable(ground, place, isWanted);
    const isCut = table.rows < CHANCE_ROWS || ground.random.chance(0.5);
    return {
      what: `${table.name} (${table.rows} rows at first) loses ${isCut ? "the last 30 %" : "any 30 %"} of its rows`,
      faults: (contents) => [
        isCut
          ? { kind: "keepRows", table: table.name, rows: Math.floor(countRows(contents, table.name) * 0.7) }
          : { kind: "loseRows", table: table.name, share: 0.3, seed: place.day },
      ],
      until: isCut ? place.day + 1 : endOf(ground, place),
      isReportedBy: about(table.name),
    };
  };
}

/** A nullable column loses its values in all rows or in some. */
function blank(share: number, isWanted: (table: GroundTable) => boolean): Kind["plant"] {
  return (ground, place) => {
    const isFilled = ({ isNullable, filledPercent }: GroundTable["columns"][number]): boolean =>
      isNullable && filledPercent * share >= FILLED_PERCENT;
    const table = pickTable(ground, place, (each) => isWanted(each) && each.rows >= 12 && each.columns.some(isFilled));
    const { name, filledPercent } = ground.random.pick(table.columns.filter(isFilled));
    return {
      what: `${table.name}.${name} (${table.rows} rows, ${Math.round(filledPercent)} % filled) is NULL in ${Math.round(share * 100)} %`,
      faults: () => [{ kind: "mixCells", table: table.name, column: name, values: [null], share, seed: place.day }],
      until: endOf(ground, place),
      isReportedBy: named(`usual_null_rate_${table.name}_${name}`),
    };
  };
}

/** An unknown code appears in one row or in several. */
function newCode(isListed: boolean): Kind["plant"] {
  return (ground, place) => {
    const { random, rules, tables } = ground;
    const columns = rules.codes.filter(
      ({ table, known }) =>
        (known !== undefined) === isListed && !place.taken.has(table) && tables.some(({ name }) => name === table),
    );
    const { table, column } = random.pick(columns);
    place.taken.add(table);
    const rows = tables.find(({ name }) => name === table)?.rows ?? 0;
    const everyNth = random.pick([rows, 40, 200]);
    return {
      what: `${table}.${column} is ${NEW_CODE} in every ${everyNth}th of ${rows} rows`,
      faults: () => [{ kind: "setCells", table, column, value: NEW_CODE, everyNth }],
      until: endOf(ground, place),
      isReportedBy: named(`known_codes_${table}_${column}`),
    };
  };
}

/** The content of an older day arrives under today's name. */
function repeat(daysBack: readonly number[]): Kind["plant"] {
  return ({ random }, { day, missing }) => {
    const possible = daysBack.map((back) => day - back).filter((from) => from >= 0 && !missing.has(from));
    const arrivesFrom = random.pick(possible.length > 0 ? possible : [day - 1]);
    return {
      what: `the dump has the content of day ${arrivesFrom}`,
      faults: () => [],
      arrivesFrom,
      isReportedBy: ({ name }) => name === "new_content" || name.endsWith("_are_fresh"),
    };
  };
}

function changeColumn(kind: "dropColumn" | "renameColumn" | "retypeColumn"): Kind["plant"] {
  return (ground, place) => {
    const isPlain = ({ name, type }: GroundTable["columns"][number]): boolean =>
      !["id", "updated_at"].includes(name) && /^(int|decimal|varchar)/.test(type);
    const table = pickTable(ground, place, ({ columns }) => columns.some(isPlain));
    const { name: column } = ground.random.pick(table.columns.filter(isPlain));
    const where = { table: table.name, column };
    const fault: SampleFault =
      kind === "dropColumn"
        ? { kind, ...where }
        : kind === "renameColumn"
          ? { kind, ...where, to: `${column}_x` }
          : { kind, ...where, type: "text" };
    return {
      what: `${kind} ${table.name}.${column}`,
      faults: () => [fault],
      until: endOf(ground, place),
      isReportedBy: named(`same_columns_${table.name}`),
    };
  };
}

const kinds: readonly Kind[] = [
  // few tables have codes: choose for them first
  { kind: "a new code of a list", plant: newCode(true) },
  { kind: "a new code without a list", earliest: LEARNING_DAYS + MISSING_DAYS, plant: newCode(false) },
  { kind: "a table that models read shrinks", plant: shrink(({ isRead }) => isRead) },
  { kind: "a table shrinks", plant: shrink(({ isRead, rows }) => !isRead && rows >= 10) },
  { kind: "a tiny table shrinks", plant: shrink(({ rows }) => rows > 1 && rows < 10) },
  { kind: "a master shrinks, early", plant: shrink(({ rows }) => rows >= 10 && rows < 300) },
  { kind: "a stale dump", earliest: 2, plant: repeat([2, 3, 4, 5, 6, 7]) },
  { kind: "a repeated dump", earliest: 1, plant: repeat([1]) },
  { kind: "a column that models read fills with NULL", plant: blank(1, ({ isRead }) => isRead) },
  { kind: "a column fills with NULL", plant: blank(1, ({ isRead }) => !isRead) },
  { kind: "a column half fills with NULL", plant: blank(0.5, ({ rows }) => rows >= 40) },
  {
    kind: "a column changes",
    plant: (ground, place) =>
      changeColumn(ground.random.pick(["dropColumn", "renameColumn", "retypeColumn"]))(ground, place),
  },
  {
    kind: "a table is missing",
    plant: (ground, place) => {
      const { name } = pickTable(ground, place, ({ isRead }) => !isRead);
      return {
        what: `${name} is not in the dump`,
        faults: () => [{ kind: "dropTable", table: name }],
        until: endOf(ground, place),
        isReportedBy: named("same_tables"),
      };
    },
  },
];
