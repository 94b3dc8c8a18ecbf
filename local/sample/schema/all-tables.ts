import { apartments } from "./apartments.ts";
import { dottedTables, emptyTables } from "./empty.ts";
import type { FillerTable } from "./filler-table.ts";
import { inquiries } from "./inquiries.ts";
import { masterTables } from "./masters.ts";
import { moneyTables } from "./money.ts";
import { moveouts } from "./moveouts.ts";
import { movings } from "./movings.ts";
import { nationalities } from "./nationalities.ts";
import { rooms } from "./rooms.ts";
import { supportTables } from "./support.ts";
import type { Table } from "./table.ts";
import { tenants } from "./tenants.ts";

/** Tables whose rows are built from the world's tenants and contracts. */
const coreTables = [apartments, rooms, tenants, movings, moveouts, inquiries, nationalities] as const;

/** Tables whose rows are generated from their columns. */
export const fillerTables: readonly FillerTable[] = [...moneyTables, ...supportTables, ...masterTables];

/** The source's 81 tables. */
export const sourceTables: readonly Table[] = [...coreTables, ...fillerTables, ...emptyTables];

/** Everything that a dump creates, in mysqldump's order: sorted by name, upper case first. */
export const dumpTables: readonly Table[] = [...sourceTables, ...dottedTables].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);
