import type { Cell } from "../schema/column.ts";
import { namedNationalities, otherNationalities } from "../words/nationalities.ts";
import type { NationalityRow } from "./core-rows.ts";

/** The only id below 201 without a country. */
const FREE_ID = 5;
const ROWS = 200;

/** Country names by master id: 200 rows, ids up to 201. */
export const nationalityNames: ReadonlyMap<number, string> = new Map(names());

function* names(): Generator<[number, string]> {
  const others = otherNationalities[Symbol.iterator]();
  for (let id = 1; id <= ROWS + 1; id += 1) {
    if (id === FREE_ID) continue;
    const named = namedNationalities.get(id);
    const other = named === undefined ? others.next() : undefined;
    const name = named ?? (other?.done === false ? other.value : undefined);
    if (name !== undefined) yield [id, name];
  }
}

/** Ids of the countries with few tenants. */
export const tailNationalityIds: readonly number[] = [...nationalityNames.keys()].filter(
  (id) => !namedNationalities.has(id),
);

/** Rows of m_nationalities; the same every day. */
export function* nationalityRows(): Generator<NationalityRow & Record<string, Cell>> {
  for (const [id, name] of nationalityNames) {
    yield {
      id,
      nationality_name: name,
      nationality_name_kana: null,
      country_code: null,
      m_language_id: (id % 9) + 1,
      m_nationality_group_id: id === 1 ? 1 : id % 8,
      sort_order: id,
      is_visible: id === 200 ? 0 : 1,
      created_at: "2017-11-20 03:12:45",
      updated_at: "2021-04-01 00:30:00",
      deleted_at: id % 67 === 0 ? "2021-04-01 00:30:00" : null,
    };
  }
}
