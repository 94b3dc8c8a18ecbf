import type { Connection, RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { PermanentError, TransientError } from "../errors/errors.ts";
import { adoptTarget, lockIdleLayer } from "../ledger/adopt-target.ts";
import type { LayerLock } from "../ledger/claims/layer-lock.ts";
import { migrate } from "../ledger/schema/migrate.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { inTransactionOn } from "../warehouse/connection/transaction.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { judgeTarget } from "../warehouse/identity/judge-target.ts";
import { fingerprintOf } from "../warehouse/identity/target.ts";
import { targetRetired } from "../warehouse/identity/target-retired.ts";
import { compareWarehouses } from "./compare-warehouses.ts";
import { readConnections } from "./connection-record.ts";
import { placeOf } from "./copy-sides.ts";
import { copyWarehouse, type CopyOptions } from "./copy-warehouse.ts";
import { readRetirement, recordMove } from "./retirement.ts";

/** A move, and who makes it. */
export interface Move {
  from: WarehouseConfig;
  to: WarehouseConfig;
  /** Names of all layers: none may be running. */
  layers: readonly string[];
  /** The person, for both ledgers. */
  by: string;
}

export type SwitchOptions = Move &
  Omit<CopyOptions, "sourceState" | "existing"> & {
    /** Receives the number of rows after each compared range. */
    onCompared: (rows: number) => void;
  };

/** What to deploy after a switch. */
export interface SwitchReport {
  databaseEndpoint: string;
  databasePort: number;
  targetFingerprint: string;
  /** How long no server accepted a run. */
  closedMs: number;
  /** Number of tables that the last copy had to copy. */
  copied: number;
  /** Unfinished runs: their messages carry the previous fingerprint and will be refused. */
  unfinishedRuns: readonly { runId: string; businessDate: string }[];
}

/**
 * Makes the target the warehouse. The source is retired first and the target adopted last, so at no moment both accept a
 * run. A switch that fails opens the source again; one that was killed is completed by a second call, or undone by
 * `switchBack`.
 *
 * @throws TransientError LAYER_BUSY while a run is active, PermanentError COPY_DIFFERS, and the errors of `copyWarehouse`
 */
export async function switchWarehouse(options: SwitchOptions): Promise<SwitchReport> {
  const { from, to, layers } = options;
  const source = await connect(from);
  const locks: LayerLock[] = [];
  try {
    const found = await findTarget(source, from);
    const isResumed = found.row?.retiredTo === placeOf(to);
    if (isResumed) await requireNotMovedOn(from, to);
    else {
      // most of the work, while the source still accepts runs
      await copyWarehouse({ ...options, existing: "refuse" });
      await requireEqual(options, "published");
      await migrate(source, from.schemaPrefix);
    }
    for (const layer of layers) locks.push(await lockIdleLayer(from, layer));
    const closedAt = performance.now();
    if (!isResumed) await retire(source, from, { movedTo: to, by: options.by, requires: noActiveRun });
    const copied = (await fingerprintIfOpen(to)) === undefined ? await copyAndAdopt(source, options) : 0;
    const closedMs = Math.round(performance.now() - closedAt);
    return {
      databaseEndpoint: to.host,
      databasePort: to.port,
      targetFingerprint: (await fingerprintIfOpen(to)) ?? "",
      closedMs,
      copied,
      unfinishedRuns: await readUnfinished(source, from),
    };
  } finally {
    for (const lock of locks) await lock.release();
    await endConnection(source);
  }
}

async function copyAndAdopt(source: Connection, options: SwitchOptions): Promise<number> {
  const { from, to, by, layers } = options;
  try {
    const { tables } = await copyWarehouse({ ...options, existing: "refuse", sourceState: "switching" });
    const fresh = tables.filter(({ state }) => state !== "kept").map(({ schema, name }) => `${schema}.${name}`);
    await requireEqual(options, new Set(fresh));
    // the copied row has the mark of the source; without it, the target still refuses runs until it is adopted
    const target = await connect(to);
    await unmark(target, to).finally(() => endConnection(target));
    await adoptTarget(to, { deployment: undefined, layers, adoptedBy: by, dryRun: false });
    return fresh.length;
  } catch (error) {
    // a target that does not answer may have been adopted: the source stays retired
    const isOpen = await fingerprintIfOpen(to).catch(() => "unknown");
    if (isOpen === undefined) await open(source, from, { movedTo: to, by });
    throw error;
  }
}

/**
 * The target of a switch may be retired itself, in favour of a third server: then neither of the two may accept runs.
 *
 * @throws PermanentError TARGET_RETIRED
 */
async function requireNotMovedOn(from: WarehouseConfig, to: WarehouseConfig): Promise<void> {
  const target = await connect(to);
  try {
    const { row } = await findTarget(target, to);
    const movedTo = row?.retiredTo ?? undefined;
    // an unfinished switch has copied the mark of the source; `back` has left the other one
    if (movedTo === undefined || movedTo === placeOf(to) || movedTo === placeOf(from)) return;
    throw targetRetired(movedTo, placeOf(to));
  } finally {
    await endConnection(target);
  }
}

/** True when an earlier call of `switchBack` was completed: the target is retired in favour of the source. */
async function isUndone(source: Connection, { from, to }: Pick<Move, "from" | "to">): Promise<boolean> {
  const target = await connect(to);
  try {
    const [mine, theirs] = [await findTarget(source, from), await findTarget(target, to)];
    return mine.row?.retiredTo === null && theirs.row?.retiredTo === placeOf(from);
  } finally {
    await endConnection(target);
  }
}

/** The fingerprint of a server that accepts runs; undefined for all others. */
export async function fingerprintIfOpen(config: WarehouseConfig): Promise<string | undefined> {
  const connection = await connect(config);
  try {
    const found = await findTarget(connection, config);
    return found.row === undefined || judgeTarget(found, {}).length > 0 ? undefined : fingerprintOf(found.row);
  } finally {
    await endConnection(connection);
  }
}

/**
 * @param which `published`: all tables except those that each heartbeat changes; or names, `schema.table`
 * @throws PermanentError COPY_DIFFERS
 */
async function requireEqual(
  { from, to, schemas, connections, signal, onCompared }: SwitchOptions,
  which: "published" | ReadonlySet<string>,
): Promise<void> {
  const wanted = schemas.filter(({ changes }) => which !== "published" || changes === "by-publication");
  const compared = await compareWarehouses({
    ...{ from, to, connections, signal, schemas: wanted.map(({ name }) => name), onRows: onCompared },
    only: (schema, table) => which === "published" || which.has(`${schema}.${table}`),
  });
  if (compared.equal) return;
  const names = compared.tables.filter(({ equal }) => !equal).map(({ schema, table }) => `${schema}.${table}`);
  throw new PermanentError("COPY_DIFFERS", `tables differ after the copy: ${names.join(", ")}`, { kind: "data" });
}

interface Retirement {
  movedTo: WarehouseConfig;
  by: string;
  /** Throws when the server must not be retired; no run can start or end meanwhile. */
  requires: (connection: Connection, ledger: string) => Promise<void>;
}

/** Marks a server as retired. From then on it accepts no run, whoever has its ledger open (`lockTurn`). */
async function retire(
  connection: Connection,
  config: WarehouseConfig,
  { movedTo, by, requires }: Retirement,
): Promise<void> {
  const ledger = ledgerSchemaOf(config.schemaPrefix);
  await inTransactionOn(connection, async () => {
    await connection.query("SELECT id FROM ??.turn WHERE id = 1 FOR UPDATE", [ledger]);
    await requires(connection, ledger);
    const { record } = await readConnections(connection);
    await connection.query(
      "UPDATE ??.target SET retired_to = ?, retired_at = UTC_TIMESTAMP(6), retired_by = ? WHERE id = 1",
      [ledger, placeOf(movedTo), by],
    );
    await recordMove(connection, config, by, [
      { retiredTo: null },
      { retiredTo: placeOf(movedTo), connections: record },
    ]);
  });
}

/** @throws TransientError LAYER_BUSY */
async function noActiveRun(connection: Connection, ledger: string): Promise<void> {
  const [[run]] = await connection.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM ??.run WHERE state = 'running' LIMIT 1",
    [ledger],
  );
  if (run === undefined) return;
  throw new TransientError("LAYER_BUSY", `run ${run.run_id} is active: the warehouse cannot be switched`, {
    kind: "target",
    advice: "Wait until it ends, or cancel it: ./baton status",
  });
}

/** @throws PermanentError COPY_RUN_SINCE_SWITCH */
async function noRunSinceAdoption(connection: Connection, ledger: string): Promise<void> {
  const [[run]] = await connection.query<(RowDataPacket & { run_id: string })[]>(
    `SELECT run_id FROM ??.run JOIN ??.target WHERE run.started_at > target.adopted_at
      UNION SELECT run_id FROM ??.attempt JOIN ??.target WHERE attempt.started_at > target.adopted_at LIMIT 1`,
    [ledger, ledger, ledger, ledger],
  );
  if (run === undefined) return;
  throw new PermanentError("COPY_RUN_SINCE_SWITCH", `the new server has accepted run ${run.run_id}`, {
    kind: "target",
  });
}

/**
 * Makes a retired server the warehouse again.
 *
 * @throws PermanentError COPY_SOURCE_DROPPED
 */
async function open(
  connection: Connection,
  config: WarehouseConfig,
  { movedTo, by }: Pick<Retirement, "movedTo" | "by">,
): Promise<void> {
  await inTransactionOn(connection, async () => {
    await connection.query("SELECT id FROM ??.turn WHERE id = 1 FOR UPDATE", [ledgerSchemaOf(config.schemaPrefix)]);
    await requireData(connection, config, movedTo);
    await unmark(connection, config);
    await recordMove(connection, config, by, [{ retiredTo: placeOf(movedTo) }, { retiredTo: null }]);
  });
}

/** @throws PermanentError COPY_SOURCE_DROPPED */
async function requireData(connection: Connection, from: WarehouseConfig, to: WarehouseConfig): Promise<void> {
  const { last } = await readRetirement(connection, from, to);
  if (last.state.isDropped !== true) return;
  throw new PermanentError("COPY_SOURCE_DROPPED", `the data on ${placeOf(from)} was removed by \`migrate retire\``, {
    kind: "target",
  });
}

async function unmark(connection: Connection, { schemaPrefix }: WarehouseConfig): Promise<void> {
  await connection.query("UPDATE ??.target SET retired_to = NULL, retired_at = NULL, retired_by = NULL WHERE id = 1", [
    ledgerSchemaOf(schemaPrefix),
  ]);
}

async function readUnfinished(
  source: Connection,
  { schemaPrefix }: WarehouseConfig,
): Promise<SwitchReport["unfinishedRuns"]> {
  const [runs] = await source.query<(RowDataPacket & { run_id: string; business_date: string })[]>(
    "SELECT run_id, business_date FROM ??.run WHERE state IN ('waiting', 'failed') ORDER BY seq DESC LIMIT 20",
    [ledgerSchemaOf(schemaPrefix)],
  );
  return runs.map(({ run_id, business_date }) => ({ runId: run_id, businessDate: business_date }));
}

/**
 * Undoes a switch before the first run on the new server: retires the new server, then opens the old one. A repeated call
 * changes nothing.
 *
 * @returns the fingerprint to deploy
 * @throws PermanentError COPY_NOT_SWITCHED, COPY_RUN_SINCE_SWITCH, COPY_SOURCE_DROPPED, TARGET_RETIRED; TransientError LAYER_BUSY
 */
export async function switchBack({ from, to, layers, by }: Move): Promise<string> {
  const source = await connect(from);
  const locks: LayerLock[] = [];
  try {
    if (await isUndone(source, { from, to })) return (await fingerprintIfOpen(from)) ?? "";
    await requireData(source, from, to);
    await requireNotMovedOn(from, to);
    if ((await fingerprintIfOpen(to)) !== undefined) {
      for (const layer of layers) locks.push(await lockIdleLayer(to, layer));
      const target = await connect(to);
      const retirement = { movedTo: from, by, requires: noRunSinceAdoption };
      await retire(target, to, retirement).finally(() => endConnection(target));
    }
    await open(source, from, { movedTo: to, by });
    return (await fingerprintIfOpen(from)) ?? "";
  } finally {
    for (const lock of locks) await lock.release();
    await endConnection(source);
  }
}
