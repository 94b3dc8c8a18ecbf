import { quoteName } from "../../shared/warehouse/tables/identifier.ts";

/** Reserved words of MySQL and MariaDB that are likely names of columns and tables. */
const RESERVED = new Set(
  (
    "add all alter and as asc before between both by call cascade case change check collate column condition continue " +
    "convert create cross cube cursor database databases default delete desc describe distinct div drop each else empty " +
    "except exists exit explain fetch for force foreign from function grant group grouping groups having if ignore in " +
    "index inner inout insert interval into is join key keys kill lag lateral lead leave left like limit lines load lock " +
    "loop match mod not null of on optimize option or order out outer over partition percent_rank procedure purge range " +
    "rank read reads recursive references release rename repeat replace require restrict return revoke right row " +
    "row_number rows schema select separator set show signal sql starting system table then to trigger undo union unique " +
    "unlock unsigned update usage use using values when where while window with write xor year_month"
  ).split(" "),
);

/** True for a name that SQL can use without quotes. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name.toLowerCase());
}

/** The name, quoted where SQL needs it. */
export function sqlName(name: string): string {
  return isPlainName(name) ? name : quoteName(name);
}
