import type { Connection, RowDataPacket } from "mysql2/promise";
import { NEWEST_FIRST } from "../../shared/ledger/reads/newest-first.ts";
import { migrations } from "../../shared/ledger/schema/migrations.ts";
import { passedDeadline } from "../../shared/time/passed-deadline.ts";
import { isLocalStage } from "../../shared/config/is-local-stage.ts";
import { noMessageText } from "../../shared/text/gap-text.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { CommandFor, DoctorPorts } from "./doctor-ports.ts";

/** Longest time without a heartbeat of a running layer. */
const HEARTBEAT_MINUTES = 5;
/** The sweep publishes pending events every five minutes. */
const OUTBOX_MINUTES = 15;

/** Checks the ledger: version, newest run, freshness, attempts without heartbeat, unpublished events, backups. */
export async function checkLedger(connection: Connection, ports: DoctorPorts, command: CommandFor): Promise<Check[]> {
  return [
    await checkVersion(connection, ports),
    await checkNewestRun(connection, ports, command),
    await checkFreshness(connection, ports, command),
    await checkHeartbeats(connection, command),
    await checkOutbox(connection, ports),
    await checkBackups(connection, command),
  ];
}

async function checkVersion(connection: Connection, { stage }: DoctorPorts): Promise<Check> {
  const [[row]] = await connection.query<(RowDataPacket & { version: number | null })[]>(
    "SELECT MAX(version) AS version FROM migration",
  );
  const newest = migrations.at(-1)?.version ?? 0;
  const version = row?.version ?? 0;
  if (version === newest) return ok("ledger", `version ${version}`);
  return version < newest
    ? warning("ledger", `version ${version}, this checkout has version ${newest}`, "The next function or command that opens the ledger migrates it.") // prettier-ignore
    : failed("ledger", `version ${version}, this checkout has only version ${newest}`, `Update this checkout (git pull): the deployment of ${stage} is newer.`); // prettier-ignore
}

interface RunRow extends RowDataPacket {
  run_id: string;
  state: string;
  layer: string | null;
  code: string | null;
  purged_at: Date | null;
}

async function checkNewestRun(connection: Connection, { stage }: DoctorPorts, command: CommandFor): Promise<Check> {
  const [[run]] = await connection.query<RunRow[]>(
    `SELECT run.run_id, run.state, failed.layer, JSON_UNQUOTE(JSON_EXTRACT(failed.error, '$.code')) AS code, purged_at FROM run
      LEFT JOIN layer_run AS failed ON failed.run_id = run.run_id AND failed.state = 'failed'
      ORDER BY ${NEWEST_FIRST} LIMIT 1`,
  );
  if (run === undefined) {
    return warning("newest run", "there is no run yet", command("run --dump FILE --watch"));
  }
  if (run.state !== "failed") return ok("newest run", `${run.run_id} ${run.state}`);
  return failed(
    "newest run",
    `${run.run_id} failed in ${run.layer ?? "an unknown layer"}: ${run.code ?? "no error recorded"}`,
    run.purged_at === null
      ? `${command(`status ${run.run_id}`)}, fix the cause, then ${command(`dlq replay ${run.layer ?? ""} --run ${run.run_id}`)}`
      : noMessageText(stage, run.run_id),
  );
}

interface LiveRow extends RowDataPacket {
  business_date: string;
  published_at: Date;
}

async function checkFreshness(
  connection: Connection,
  { now, stage, layers, deadline }: DoctorPorts,
  command: CommandFor,
): Promise<Check> {
  const [[live]] = await connection.query<LiveRow[]>(
    "SELECT business_date, published_at FROM live_set WHERE layer = ?",
    [layers.at(-1)],
  );
  const due = passedDeadline(deadline, now).businessDate;
  const name = "freshness";
  if (live === undefined) return warning(name, "the ledger has no published set", command("run --dump FILE --watch"));
  if (live.business_date >= due) return ok(name, `the live data is of ${live.business_date}`);
  const found = `the live data is of ${live.business_date}; the data of ${due} was due at ${deadline}`;
  const [completed] = await connection.query<RowDataPacket[]>(
    "SELECT 1 FROM run WHERE business_date = ? AND state = 'completed' LIMIT 1",
    [due],
  );
  // a completed run whose set was restored away is repeated only with --force
  const fix = command(completed.length > 0 ? `run --date ${due} --force --watch` : `run --date ${due} --watch`);
  // local environments have no schedule that starts runs
  return isLocalStage(stage) ? warning(name, found, fix) : failed(name, found, fix);
}

interface SilentRow extends RowDataPacket {
  run_id: string;
  layer: string;
  minutes: number;
}

async function checkHeartbeats(connection: Connection, command: CommandFor): Promise<Check> {
  const [rows] = await connection.query<SilentRow[]>(
    `SELECT run_id, layer, TIMESTAMPDIFF(MINUTE, heartbeat_at, UTC_TIMESTAMP(6)) AS minutes FROM layer_run
      WHERE state = 'running' AND heartbeat_at < UTC_TIMESTAMP(6) - INTERVAL ? MINUTE`,
    [HEARTBEAT_MINUTES],
  );
  const [silent] = rows;
  if (silent === undefined) return ok("heartbeats", "every running attempt has a recent heartbeat");
  return failed(
    "heartbeats",
    rows
      .map(({ run_id, layer, minutes }) => `${layer} of run ${run_id} has had no heartbeat for ${minutes} min`)
      .join(", "),
    `Its function died and no other attempt has started. Check the DLQ messages and the waiting messages, then ${command(`dlq replay ${silent.layer}`)}`,
  );
}

async function checkOutbox(connection: Connection, { stage }: DoctorPorts): Promise<Check> {
  const [[row]] = await connection.query<(RowDataPacket & { waiting: number })[]>(
    `SELECT COUNT(*) AS waiting FROM outbox
      WHERE published_at IS NULL AND created_at < UTC_TIMESTAMP(6) - INTERVAL ? MINUTE`,
    [OUTBOX_MINUTES],
  );
  const waiting = row?.waiting ?? 0;
  if (waiting === 0) return ok("outbox", "every event is published");
  return failed(
    "outbox",
    `${waiting} events have been unpublished for more than ${OUTBOX_MINUTES} min`,
    `The sweep function publishes them: check the log of baton-${stage}-sweep and its schedule.`,
  );
}

interface BackupRow extends RowDataPacket {
  schema_name: string;
  table_name: string;
  n: number;
}

async function checkBackups(connection: Connection, command: CommandFor): Promise<Check> {
  const [rows] = await connection.query<BackupRow[]>(
    `SELECT schema_name, table_name, COUNT(*) AS n FROM backup WHERE dropped_at IS NULL
      GROUP BY schema_name, table_name, taken_on HAVING COUNT(*) > 1`,
  );
  if (rows.length === 0) return ok("backups", "at most one backup of each table and day");
  return warning(
    "backups",
    `more than one backup of a table and day: ${rows.map(({ schema_name, table_name, n }) => `${n} of ${schema_name}.${table_name}`).join(", ")}`,
    `The next publication drops the extra backups. If it does not, check the layer's log. ${command("backups list")}`,
  );
}
