import { atLocal } from "../calendar.ts";
import { Random } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import type { FillerTable } from "../schema/filler-table.ts";
import type { TableContent } from "../table-content.ts";
import { HISTORY_DAYS } from "../world/plan-tenants.ts";
import type { World } from "../world/world.ts";
import { centralPlaces, farPlaces, outerPlaces } from "../words/places.ts";
import { fillerCell, fillerRow } from "./filler-cells.ts";

/** Ids of tables that are not masters skip one number in fifteen. */
const ID_STEP = 15 / 14;
const DAY_SECONDS = 86_400;

/** The number of rows of a table: in the first dump, and added each day. */
function rowCounts(table: FillerTable, world: World): { first: number; perDay: number } {
  if (table.isMaster) return { first: table.fullRows, perDay: 0 };
  const first = Math.max(Math.min(table.fullRows, 12), Math.round(table.fullRows * world.scale.filler));
  const perDay = table.rowsPerDay === 0 ? 0 : Math.max(1, Math.round(table.rowsPerDay * world.scale.filler));
  return { first, perDay };
}

function* rowsOf(table: FillerTable, world: World): Generator<readonly Cell[]> {
  const { first, perDay } = rowCounts(table, world);
  const count = first + perDay * (world.today - world.firstDay);
  const random = new Random(world.seed, table.name);
  const cells = table.columns.map((column) => fillerCell(column, world, table.options));
  const start = atLocal(world.firstDay - HISTORY_DAYS, 36_000);
  const secondsPerRow = ((HISTORY_DAYS - 1) * DAY_SECONDS) / first;
  for (let index = 0; index < count; index += 1) {
    const id = table.isMaster ? index + 1 : Math.floor(index * ID_STEP) + 1;
    const createdAt =
      index < first
        ? Math.floor(start + index * secondsPerRow)
        : // in office hours of the day that added the row, which is the day before the dump
          atLocal(world.firstDay + Math.floor((index - first) / perDay), 32_400 + (((index - first) * 37) % 36_000));
    const row = fillerRow(id, createdAt);
    yield cells.map((cell) => cell(random, row));
  }
}

/** Known values of masters; other columns have generated values. */
const knownNames: Readonly<Record<string, { column: string; values: readonly string[] }>> = {
  apartment_prefectures: {
    column: "prefecture",
    values: [...new Set([...centralPlaces, ...outerPlaces, ...farPlaces].map(({ prefecture }) => prefecture))],
  },
  apartment_municipalities: {
    column: "municipality",
    values: [...centralPlaces, ...outerPlaces, ...farPlaces].map(({ municipality }) => municipality),
  },
  m_personal_identities: {
    column: "name",
    values: [
      "運転免許証",
      "健康保険証",
      "パスポート",
      "特別永住者証明書",
      "住民票",
      "マイナンバーカード",
      "その他",
      "在留カード",
    ],
  },
  m_moving_reasons: { column: "name", values: ["転職", "帰国", "転勤", "結婚", "家族の都合", "経済的理由", "その他"] },
  currency: { column: "code", values: ["JPY"] },
};

function* withNames(
  rows: Iterable<readonly Cell[]>,
  position: number,
  values: readonly string[],
): Generator<readonly Cell[]> {
  let index = 0;
  for (const row of rows) {
    yield row.with(position, values[index] ?? null);
    index += 1;
  }
}

/** A generated table on the world's day: the rows of the day before, then the new ones. */
export function fillerContent(table: FillerTable, world: World): TableContent {
  const { first, perDay } = rowCounts(table, world);
  const count = first + perDay * (world.today - world.firstDay);
  const known = knownNames[table.name];
  const position = table.columns.findIndex(({ name }) => name === known?.column);
  return {
    table,
    nextId: (table.isMaster ? count : Math.floor((count - 1) * ID_STEP) + 1) + 1,
    rows: () => (known === undefined ? rowsOf(table, world) : withNames(rowsOf(table, world), position, known.values)),
  };
}
