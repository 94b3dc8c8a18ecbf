import { Random } from "../random.ts";
import { apartments } from "../schema/apartments.ts";
import type { Cell } from "../schema/column.ts";
import { inquiries } from "../schema/inquiries.ts";
import { moveouts } from "../schema/moveouts.ts";
import { movings } from "../schema/movings.ts";
import { nationalities } from "../schema/nationalities.ts";
import { rooms } from "../schema/rooms.ts";
import type { Table } from "../schema/table.ts";
import { tenants } from "../schema/tenants.ts";
import type { TableContent } from "../table-content.ts";
import { contractsInDump, tenantsInDump, type World } from "../world/world.ts";
import { apartmentRow } from "./apartment-row.ts";
import { fillerCell, fillerRow } from "./filler-cells.ts";
import { inquiryRow } from "./inquiry-row.ts";
import { moveoutRow } from "./moveout-row.ts";
import { movingRow } from "./moving-row.ts";
import { nationalityRows } from "./nationality-rows.ts";
import { roomRow } from "./room-row.ts";
import { tenantRow } from "./tenant-row.ts";

type Row = Record<string, Cell>;

/** Most columns of the wide core tables are mostly NULL. */
const NULL_SHARE = 0.7;

/** The source of a core table's rows. */
interface CoreSource<T> {
  table: Table;
  items: () => Iterable<T>;
  /** The columns that models or checks read; all others have generated values. */
  row: (item: T, index: number) => Row;
  createdAt: (item: T) => number;
}

function* rowsOf<T>(world: World, { table, items, row, createdAt }: CoreSource<T>): Generator<readonly Cell[]> {
  const columns = table.columns.map((column) => ({
    name: column.name,
    cell: fillerCell(column, world, { nullShare: NULL_SHARE }),
  }));
  let index = 0;
  for (const item of items()) {
    const known = row(item, index);
    const id = Number(known["id"]);
    const random = new Random(world.seed, `${table.name} extras ${id}`);
    const context = fillerRow(id, createdAt(item));
    yield columns.map(({ name, cell }) => {
      const value = known[name];
      return value === undefined ? cell(random, context) : value;
    });
    index += 1;
  }
}

function content<T>(world: World, source: CoreSource<T>, lastId: number): TableContent {
  return { table: source.table, nextId: lastId + 1, rows: () => rowsOf(world, source) };
}

function lastIdOf(list: readonly { id: number }[]): number {
  return list[list.length - 1]?.id ?? 0;
}

/** The core tables on the world's day. */
export function coreContents(world: World): TableContent[] {
  const source = <T>(one: CoreSource<T>, lastId: number): TableContent => content(world, one, lastId);
  return [
    source(
      {
        table: apartments,
        items: () => world.buildings,
        row: (item) => apartmentRow(world, item),
        createdAt: (item) => item.createdAt,
      },
      lastIdOf(world.buildings),
    ),
    source(
      {
        table: rooms,
        items: () => world.rooms,
        row: (item) => roomRow(world, item),
        createdAt: (item) => item.building.createdAt,
      },
      lastIdOf(world.rooms),
    ),
    source(
      {
        table: tenants,
        items: () => tenantsInDump(world),
        row: (item) => tenantRow(world, item),
        createdAt: (item) => item.createdAt,
      },
      lastIdOf(world.tenants),
    ),
    source(
      {
        table: movings,
        items: () => contractsInDump(world),
        row: (item) => movingRow(world, item),
        createdAt: (item) => item.createdAt,
      },
      lastIdOf(world.contracts),
    ),
    source(
      {
        table: moveouts,
        items: () => world.moveouts,
        row: (item, index) => moveoutRow(world, item, index),
        createdAt: (item) => item.updatedAt ?? item.createdAt,
      },
      1 + Math.floor(world.moveouts.length * 1.3),
    ),
    source(
      {
        table: inquiries,
        items: () => world.inquiries,
        row: (item) => inquiryRow(world, item),
        createdAt: (item) => item.createdAt,
      },
      lastIdOf(world.inquiries),
    ),
    source({ table: nationalities, items: nationalityRows, row: (item) => item, createdAt: () => world.firstDay }, 201),
  ];
}
