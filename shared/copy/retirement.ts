import type { Connection, RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { PermanentError } from "../errors/errors.ts";
import { fromJson } from "../ledger/schema/rows.ts";
import { readTargetRow } from "../warehouse/identity/target-row.ts";
import type { ConnectionRecord } from "./connection-record.ts";
import { placeOf } from "./copy-sides.ts";

/** What `target_adoption` records of a move, before and after each of its steps. */
export interface MoveState {
  /** `host:port`; null while the warehouse is on this server. */
  retiredTo: string | null;
  /** Who had connected to the retired server at that time. */
  connections?: ConnectionRecord;
  /** True when the data was removed, or the removal has begun. */
  isDropped?: boolean;
}

/** A retired server, and what was last recorded of it. */
export interface Retirement {
  identity: string;
  retiredAt: Date;
  last: { at: Date; state: MoveState };
}

/** Records a step of a move in the ledger of one of its servers. */
export async function recordMove(
  connection: Connection,
  config: Pick<WarehouseConfig, "schemaPrefix">,
  by: string,
  [before, after]: readonly [MoveState, MoveState],
): Promise<void> {
  await connection.query(
    "INSERT INTO ??.target_adoption (adopted_at, adopted_by, previous, present) VALUES (UTC_TIMESTAMP(6), ?, ?, ?)",
    [ledgerSchemaOf(config.schemaPrefix), by, JSON.stringify(before), JSON.stringify(after)],
  );
}

/**
 * Reads the retirement of a server in favour of another one.
 *
 * @throws PermanentError COPY_NOT_SWITCHED
 */
export async function readRetirement(
  connection: Connection,
  from: WarehouseConfig,
  to: WarehouseConfig,
): Promise<Retirement> {
  const ledger = ledgerSchemaOf(from.schemaPrefix);
  const row = await readTargetRow(connection, ledger);
  if (row === undefined || row.retiredTo !== placeOf(to)) {
    const movedTo = row?.retiredTo ?? undefined;
    const state = movedTo === undefined ? "is not retired" : `was moved to ${movedTo}`;
    throw new PermanentError("COPY_NOT_SWITCHED", `the warehouse on ${placeOf(from)} ${state}`, { kind: "input" });
  }
  const [[mark]] = await connection.query<(RowDataPacket & { retired_at: Date })[]>(
    "SELECT retired_at FROM ??.target WHERE id = 1",
    [ledger],
  );
  // the newest record of a retired server is of its retirement
  const [[last]] = await connection.query<(RowDataPacket & { adopted_at: Date; present: string | MoveState })[]>(
    "SELECT adopted_at, present FROM ??.target_adoption ORDER BY id DESC LIMIT 1",
    [ledger],
  );
  if (mark === undefined || last === undefined) throw new TypeError(`${ledger}.target_adoption lacks the switch`);
  const state = fromJson<MoveState>(last.present) ?? { retiredTo: row.retiredTo };
  return { identity: row.identity, retiredAt: mark.retired_at, last: { at: last.adopted_at, state } };
}
