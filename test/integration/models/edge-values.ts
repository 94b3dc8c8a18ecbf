import type { SampleFault } from "../../../local/sample/faults.ts";
import type { Cell, Column } from "../../../local/sample/schema/column.ts";
import { apartments } from "../../../local/sample/schema/apartments.ts";
import { inquiries } from "../../../local/sample/schema/inquiries.ts";
import { movings } from "../../../local/sample/schema/movings.ts";
import { nationalities } from "../../../local/sample/schema/nationalities.ts";
import { rooms } from "../../../local/sample/schema/rooms.ts";
import { tenants } from "../../../local/sample/schema/tenants.ts";
import { readColumns } from "../../oracle/rows-from-staging.ts";

// values on both sides of each rule's limit, for the business date 2026-02-07
const texts = [
  null, "", " ", "\u3000", "NULL", "nUlL", " null\n", "--", "\t--\r\n", "---", "ＮＵＬＬ", "レソト", " レソト\u3000", "Lesotho", "日本",
  "a\u3000b", "\u00a0", "a\\b", "'", "１", "0", "7", " 7\u3000", "007", "8.0", "-1", "999999999", "1234567890", "れそと",
]; // prettier-ignore
const dates = [
  null, "0000-00-00", "2024-00-00", "2024-02-00", "2017-12-31", "2018-01-01", "2024-02-29", "2023-02-28", "2025-01-31", "2025-02-28",
  "2025-03-31", "2025-08-07", "2024-02-07", "2024-02-06", "2026-02-06", "2026-02-07", "2026-02-08", "2302-01-28", "9999-12-31",
  "1900-01-01", "1900-01-02", "2000-02-29", "2001-02-07", "2001-02-08", "2016-05-05", "2025-12-25", "1950-01-01",
]; // prettier-ignore
const instants = [
  null, "2026-02-06 14:59:59", "2026-02-06 15:00:00", "2018-01-01 00:00:00", "2017-12-31 15:00:00", "2017-12-31 14:59:59", "2026-02-07 00:00:00",
]; // prettier-ignore
const codes = [null, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 18, 99, -1, 200, 2_147_483_647];
const money = [null, 0, 1, -1, 49_999, 50_000, 69_999, 70_000, 99_999, 100_000, 149_999, 150_000, 9_999_999_999];
const byName: Readonly<Record<string, readonly Cell[]>> = {
  latitude: [null, "35.000000", "36.000000", "34.999999", "36.000001", "0.000000", "99.999999"],
  longitude: [null, "139.000000", "140.500000", "138.999999", "140.500001"],
  age: [null, -1, 0, 24, 25, 34, 35, 44, 45, 54, 55, 119, 120, 121, 999],
};
const flags = /^(cancel_flag|is_moveout|is_transferred|is_renewal_ng|is_paysle_unpaid|move_renew_flag)$/;

function valuesOf({ name, type }: Column): readonly Cell[] {
  const named = byName[name];
  if (named !== undefined) return named;
  if (flags.test(name)) return [null, 0, 1];
  if (type.startsWith("decimal")) return money;
  if (type.startsWith("tinyint")) return codes.filter((code) => (code ?? 0) < 100);
  if (type === "int") return codes;
  if (type === "date") return dates;
  if (type === "datetime")
    return dates.map((date) => (date === null ? null : `${date} ${date.startsWith("0000") ? "00:00:00" : "23:59:59"}`));
  return type.startsWith("timestamp") ? instants : texts;
}

/**
 * Puts edge values into a share of the cells of every nullable column that models read, except IDs that join tables.
 */
export function edgeValues(share: number, seed: number): SampleFault[] {
  return [apartments, rooms, tenants, movings, inquiries, nationalities].flatMap(({ name: table, columns }) =>
    columns
      .filter(({ name, isNullable }) => isNullable && readColumns[table]?.includes(name) === true)
      .filter(({ name }) => !/^(tenant|moving|inquiry|under_contract)_id$/.test(name))
      .map((column): SampleFault => ({
        kind: "mixCells",
        table,
        column: column.name,
        values: valuesOf(column),
        share,
        seed,
      })),
  );
}
