import { dayOf, dayText } from "./calendar.ts";
import { coreContents } from "./rows/core-content.ts";
import { apartmentRow } from "./rows/apartment-row.ts";
import type { ApartmentRow, InquiryRow, MovingRow, NationalityRow, RoomRow, TenantRow } from "./rows/core-rows.ts";
import { fillerContent } from "./rows/filler-content.ts";
import { inquiryRow } from "./rows/inquiry-row.ts";
import { movingRow } from "./rows/moving-row.ts";
import { nationalityRows } from "./rows/nationality-rows.ts";
import { roomRow } from "./rows/room-row.ts";
import { tenantRow } from "./rows/tenant-row.ts";
import { dottedTables, emptyTables } from "./schema/empty.ts";
import { fillerTables } from "./schema/all-tables.ts";
import type { TableContent } from "./table-content.ts";
import { scaleFor } from "./volumes.ts";
import { advanceDay } from "./world/advance-day.ts";
import { buildWorld } from "./world/build-world.ts";
import { contractsInDump, tenantsInDump, type World } from "./world/world.ts";

/** Options of a sample: the same options give the same bytes. */
export interface SampleOptions {
  /** Target size of the plain dump: at least 1 MB, accurate to a few percent. */
  sizeBytes: number;
  seed: number;
  /** Business date of the first day, YYYY-MM-DD; all other dates are relative to it. */
  date: string;
}

/** The source on one business date: its tables, and the rows of the core tables as objects. */
export class Sample {
  readonly options: SampleOptions;
  /** YYYY-MM-DD. */
  readonly businessDate: string;
  readonly #world: World;
  readonly #day: number;

  constructor(options: SampleOptions, world: World) {
    this.options = options;
    this.#world = world;
    this.#day = world.today;
    this.businessDate = dayText(world.today);
  }

  /** Every table of the dump with its rows, sorted by name, upper case first. */
  get contents(): TableContent[] {
    const world = this.#current();
    const without = [...emptyTables, ...dottedTables].map((table): TableContent => ({
      table,
      nextId: undefined,
      rows: () => [],
    }));
    const contents = [...coreContents(world), ...fillerTables.map((table) => fillerContent(table, world)), ...without];
    return contents.sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
  }

  *apartments(): Generator<ApartmentRow> {
    for (const building of this.#current().buildings) yield apartmentRow(this.#world, building);
  }

  *rooms(): Generator<RoomRow> {
    for (const room of this.#current().rooms) yield roomRow(this.#world, room);
  }

  *tenants(): Generator<TenantRow> {
    for (const tenant of tenantsInDump(this.#current())) yield tenantRow(this.#world, tenant);
  }

  *movings(): Generator<MovingRow> {
    for (const contract of contractsInDump(this.#current())) yield movingRow(this.#world, contract);
  }

  *inquiries(): Generator<InquiryRow> {
    for (const inquiry of this.#current().inquiries) yield inquiryRow(this.#world, inquiry);
  }

  *nationalities(): Generator<NationalityRow> {
    yield* nationalityRows();
  }

  #current(): World {
    if (this.#world.today !== this.#day) {
      throw new Error(`the sample has advanced past ${this.businessDate}, to ${dayText(this.#world.today)}`);
    }
    return this.#world;
  }
}

/**
 * Consecutive days of one sample, each derived from the day before; the first is that of `generateSample`.
 * A day must be read completely before the next one is requested.
 */
export function* sampleDays(options: SampleOptions & { days: number }): Generator<Sample> {
  const { days, ...own } = options;
  const world = buildWorld({ seed: own.seed, scale: scaleFor(own.sizeBytes), today: dayOf(own.date) });
  for (let day = 0; day < days; day += 1) {
    if (day > 0) advanceDay(world);
    yield new Sample(own, world);
  }
}

/**
 * The source on one day, which stays valid.
 *
 * @param options.day days after `date`; default 0
 * @throws RangeError when the size is below 1 MB
 */
export function generateSample(options: SampleOptions & { day?: number }): Sample {
  const { day = 0, ...own } = options;
  const world = buildWorld({ seed: own.seed, scale: scaleFor(own.sizeBytes), today: dayOf(own.date) });
  for (let passed = 0; passed < day; passed += 1) advanceDay(world);
  return new Sample(own, world);
}
