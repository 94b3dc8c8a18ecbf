import type { Connection, Pool } from "mysql2/promise";
import { buildEvent } from "../../../events/build-event.ts";
import { businessDateSchema, runIdSchema } from "../../../events/ids.ts";
import type { RunEvent, DumpReference, LayerStats, TargetReference } from "../../../events/schemas.ts";
import { schemasOf } from "../../config/schemas-of.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { PermanentError, TransientError } from "../../errors/errors.ts";
import { targetReference } from "../../warehouse/identity/target.ts";
import { derivedName } from "../../warehouse/tables/derived-name.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { dropTables, listTables } from "../../warehouse/tables/publish-set.ts";
import { takeLayerLock } from "../claims/layer-lock.ts";
import type { OpenLedger } from "../open-ledger.ts";
import { businessDateOf, listBackups, readBackups, type ListedBackup } from "../reads/read-backups.ts";
import { readLiveSets, type LiveSet } from "../reads/read-live-sets.ts";
import { fromJson, type RunRow } from "../schema/rows.ts";
import { backupSchemaOf, planTableSet, type SetMember } from "./plan-table-set.ts";
import { publishPlan, settleIntents } from "./publication.ts";

/** A table that a restore changes; names are `schema.table`. */
export interface RestoredTable {
  /** The backup; undefined for a live table that the set does not have. */
  from: string | undefined;
  /** The business date that the backup holds; undefined when that is not known. */
  businessDate: string | undefined;
  /** When a publication replaced it, ISO 8601. */
  replacedAt: string | undefined;
  to: string;
  /** Where the replaced table is kept; undefined when none was live. */
  keptAs: string | undefined;
}

/** What to restore: one table, or the whole set that one publication of a layer has replaced. */
export interface RestoreChoice {
  table: string | undefined;
  layer: string | undefined;
  /** The newest backup taken until then. */
  at: Date | undefined;
  dryRun: boolean;
}

/** The connection that holds the lock is silent while the swap is planned. */
const LOCK_IDLE_SECONDS = 60;

/** The newest backup that a choice means: of its table, or any one of its layer's set. */
function newestOf(backups: readonly ListedBackup[], { table, layer, at }: RestoreChoice): ListedBackup {
  const newest = backups.find(
    (backup) =>
      (table === undefined ? backup.setId !== undefined : backup.table === table) &&
      (layer === undefined || backup.layer === layer) &&
      (at === undefined || backup.takenAt <= at),
  );
  if (newest !== undefined) return newest;
  const what = table ?? `layer ${layer ?? ""}`;
  const until = at === undefined ? "" : ` taken until ${at.toISOString()}`;
  throw new PermanentError("BACKUP_UNKNOWN", `there is no backup of ${what}${until}`, {
    kind: "input",
    advice: "List the backups: ./baton backups list",
  });
}

/**
 * Makes a backup live again in one statement and keeps what it replaces as a backup of now. A set is restored whole:
 * live tables that it does not have go to the backup. A restore is a publication: one that dies half-way is settled by
 * the next attempt of the layer, the sweep or the next restore.
 *
 * @throws PermanentError BACKUP_UNKNOWN when nothing fits the choice, BACKUP_INCOMPLETE naming what a set lacks
 * @throws TransientError LAYER_BUSY while the layer runs
 */
export async function restoreBackups(
  { warehouse, ledger, stage }: { warehouse: WarehouseConfig; ledger: OpenLedger; stage: string },
  choice: RestoreChoice,
): Promise<RestoredTable[]> {
  const { pool } = ledger;
  const layer = choice.layer ?? newestOf(await listBackups(pool), choice).layer;
  const lock = await takeLayerLock(warehouse, layer, LOCK_IDLE_SECONDS);
  if (lock === undefined) {
    throw new TransientError("LAYER_BUSY", `${layer} is running: it would replace what is restored`, {
      kind: "database",
      advice: "Wait until it ends: ./baton status",
    });
  }
  try {
    const { connection } = lock;
    await settleIntents(connection, layer);
    const liveSet = (await readLiveSets(pool)).get(layer);
    const ports: RestorePorts = { connection, pool, layer, liveSet, dryRun: choice.dryRun };
    const { changes, chosen, isWholeSet } =
      choice.table === undefined ? await planWholeSet(ports, choice) : await planSingleTable(ports, choice);
    if (!choice.dryRun) {
      const startedAt = new Date();
      const setRunId = isWholeSet ? chosen[0]?.setRunId : liveSet?.runId;
      const run = await readRun(pool, setRunId);
      const schema = schemasOf(warehouse.schemaPrefix, layer).live;
      const target = targetReference(ledger.target, warehouse.host, schema);
      await publishPlan(
        connection,
        { runId: `restore-${startedAt.toISOString().replaceAll(/[-:.]/g, "")}`, layer, attempt: 1 },
        {
          ...changes,
          businessDate: run?.business_date ?? "",
          upstream: undefined,
          restore: {
            used: isWholeSet || chosen[0]?.setId === undefined ? chosen : [],
            setRunId: run?.run_id,
            isWholeSet,
            events:
              run === undefined ? [] : restoredEvents(run, { layer, target, stage, startedAt, stats: changes.stats }),
          },
        },
      );
    }
    return restoredTables(changes, chosen);
  } finally {
    await lock.release();
  }
}

type Changes = Awaited<ReturnType<typeof planTableSet>>;

interface RestorePorts {
  connection: Connection;
  pool: Pool;
  layer: string;
  liveSet: LiveSet | undefined;
  dryRun: boolean;
}

interface RestorePlan {
  changes: Changes;
  chosen: readonly ListedBackup[];
  isWholeSet: boolean;
}

function liveSchemaOf({ schema }: ListedBackup): string {
  return schema.slice(0, -backupSchemaOf("").length);
}

function memberOf(backup: ListedBackup, table = backup.backupTable): SetMember {
  const live = { schema: liveSchemaOf(backup), name: backup.table };
  if (backup.viewSelect !== undefined) return { ...live, select: backup.viewSelect };
  return { ...live, from: { schema: backup.schema, table } };
}

async function planWholeSet({ connection, pool, layer }: RestorePorts, choice: RestoreChoice): Promise<RestorePlan> {
  const backups = await readBackups(pool, layer);
  const { setId, takenAt } = newestOf(
    backups.filter(({ isDropped }) => !isDropped),
    choice,
  );
  const chosen = backups.filter((backup) => backup.setId === setId);
  const missing: string[] = [];
  for (const { schema, backupTable, viewSelect, isDropped } of chosen) {
    const isThere = viewSelect !== undefined || (await listTables(connection, schema)).includes(backupTable);
    if (isDropped || !isThere) missing.push(`${schema}.${backupTable}`);
  }
  if (missing.length > 0) {
    throw new PermanentError(
      "BACKUP_INCOMPLETE",
      `the set of ${layer} taken at ${takenAt.toISOString()} lacks ${missing.join(", ")}; live tables are unchanged`,
      {
        kind: "input",
        advice: "Restore an older set with --at, or single tables by name: ./baton backups list",
      },
    );
  }
  const schemas = [...new Set(backups.map(liveSchemaOf))];
  const members = chosen.map((backup) => memberOf(backup));
  return { changes: await planTableSet({ connection, pool }, { schemas, members }), chosen, isWholeSet: true };
}

/** Of a backup that belongs to a set a copy becomes live: the set stays whole. */
async function planSingleTable({ connection, pool, layer, dryRun }: RestorePorts, choice: RestoreChoice) {
  const chosen = newestOf(await listBackups(pool, layer), choice);
  const { schema, backupTable, setId, viewSelect } = chosen;
  const copy = derivedName(chosen.table, "__restored");
  const needsCopy = !dryRun && setId !== undefined && viewSelect === undefined;
  if (needsCopy) {
    await dropTables(connection, schema, [copy]);
    await connection.query(`CREATE TABLE ${quoteTable(schema, copy)} LIKE ${quoteTable(schema, backupTable)}`);
    await connection.query(`INSERT INTO ${quoteTable(schema, copy)} SELECT * FROM ${quoteTable(schema, backupTable)}`);
  }
  const changes = await planTableSet(
    { connection, pool },
    {
      schemas: [liveSchemaOf(chosen)],
      members: [memberOf(chosen, needsCopy ? copy : backupTable)],
      keepsOthers: true,
    },
  );
  return { changes, chosen: [chosen], isWholeSet: false };
}

function restoredTables({ backups, removedTables }: Changes, chosen: readonly ListedBackup[]): RestoredTable[] {
  const keptAs = (live: string, table: string): string | undefined => {
    const kept = backups.find((backup) => backup.schema === backupSchemaOf(live) && backup.table === table);
    return kept === undefined ? undefined : `${kept.schema}.${kept.backupTable}`;
  };
  return [
    ...chosen.map((backup) => ({
      from: `${backup.schema}.${backup.backupTable}`,
      businessDate: businessDateOf(backup),
      replacedAt: backup.takenAt.toISOString(),
      to: `${liveSchemaOf(backup)}.${backup.table}`,
      keptAs: keptAs(liveSchemaOf(backup), backup.table),
    })),
    ...removedTables.map(({ schema, table }) => ({
      ...{ from: undefined, businessDate: undefined, replacedAt: undefined },
      to: `${schema}.${table}`,
      keptAs: keptAs(schema, table),
    })),
  ];
}

async function readRun(pool: Pool, runId: string | undefined): Promise<RunRow | undefined> {
  const [[run]] = await pool.query<RunRow[]>("SELECT * FROM run WHERE run_id = ?", [runId ?? ""]);
  return run;
}

interface RestoreFacts {
  layer: string;
  target: TargetReference;
  stage: string;
  startedAt: Date;
  stats: LayerStats;
}

/** Dashboards read the restored tables when they receive it. None for a run without a dump: its layers never finished. */
function restoredEvents(run: RunRow, { layer, target, stage, startedAt, stats }: RestoreFacts): RunEvent[] {
  const dump = fromJson<DumpReference>(run.dump);
  if (dump === null) return [];
  const runId = runIdSchema.parse(run.run_id);
  const now = new Date();
  const context = { runId, stage, correlationId: run.correlation_id, causationId: run.correlation_id, emittedAt: now };
  return [
    buildEvent("LayerRestored", context, {
      ...{ layer, attempt: 1, dump, target, stats },
      businessDate: businessDateSchema.parse(run.business_date),
      startedAt: startedAt.toISOString(),
      finishedAt: now.toISOString(),
      durationMs: now.getTime() - startedAt.getTime(),
    }),
  ];
}
