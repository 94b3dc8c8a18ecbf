import type { ComparisonReport } from "../../shared/copy/compare-warehouses.ts";
import type { CopyReport } from "../../shared/copy/copy-warehouse.ts";
import type { SwitchReport } from "../../shared/copy/switch-warehouse.ts";
import type { RetireReport } from "../../shared/copy/retire-source.ts";
import type { CopyPlan } from "../../shared/copy/plan-copy.ts";
import { formatBytes, formatCount, formatDuration, formatMany } from "../../shared/text/format.ts";
import { colours } from "./colours.ts";
import { table } from "./table.ts";

/** The plan of a copy as text. */
export function renderCopyPlan({
  from,
  to,
  tables,
  rows,
  bytes,
  estimatedSeconds,
  obstacles,
  notes,
}: CopyPlan): string {
  const schemas = [...new Set(tables.map(({ schema }) => schema))].map((schema) => {
    const own = tables.filter((one) => one.schema === schema);
    const sum = (key: "rows" | "bytes"): number => own.reduce((total, one) => total + one[key], 0);
    return [schema, String(own.length), formatCount(sum("rows")), formatBytes(sum("bytes"))];
  });
  return [
    `from ${from.version}, ${from.server}`,
    `to   ${to.version}, ${to.server}`,
    "",
    table(["schema", "tables", "rows, about", "size"], schemas),
    "",
    `${formatMany(rows, "row")}, ${formatBytes(bytes)}: about ${formatDuration(estimatedSeconds * 1000)}`,
    ...notes.map((note) => `note: ${note}`),
    ...obstacles.map(({ code, message }) => `${colours.red(code)} ${message}`),
    ...(obstacles.length === 0 ? [colours.green("nothing prevents a copy")] : []),
  ].join("\n");
}

/** The result of a copy as text. */
export function renderCopy(report: CopyReport & { durationMs: number; peakRssBytes: number }): string {
  const { tables, views, removed, repeats, durationMs, peakRssBytes } = report;
  const states = ["copied", "resumed", "taken-over", "kept"] as const;
  const counts = states.flatMap((state) => {
    const own = tables.filter((one) => one.state === state);
    return own.length === 0 ? [] : [`${own.length} ${state}`];
  });
  const copied = tables.filter(({ state }) => state === "copied").reduce((sum, { rows }) => sum + rows, 0);
  return [
    `${colours.green("live")}: ${formatMany(tables.length, "table")} (${counts.join(", ")}), ${formatMany(views.length, "view")}`,
    `${formatMany(copied, "row")} copied in ${formatDuration(durationMs)}, peak memory ${formatBytes(peakRssBytes)}`,
    ...(repeats > 0 ? [`tables that changed on the source were copied again, ${formatMany(repeats, "time")}`] : []),
    ...(removed.length > 0
      ? [`moved to backup schemas, because the source does not have them: ${removed.join(", ")}`]
      : []),
  ].join("\n");
}

/** A comparison of two warehouses as text. */
export function renderComparison({ equal, tables }: ComparisonReport, durationMs: number): string {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const lines = tables.flatMap(({ schema, table: name, missing, differences }) => {
    const place = colours.red(`${schema}.${name}`);
    if (missing !== undefined) return [`${place} is missing on the ${missing}`];
    return differences.map(({ from, to, keys }) => {
      const range =
        from === null && to === null
          ? ""
          : ` after ${from?.join(",") ?? "the start"} up to ${to?.join(",") ?? "the end"}`;
      return `${place} differs${range}${keys.length > 0 ? `, first keys: ${keys.join(" | ")}` : ""}`;
    });
  });
  const what = `${formatMany(tables.length, "table")}, ${formatMany(rows, "row")} in ${formatDuration(durationMs)}`;
  return [...lines, `${equal ? colours.green("equal") : colours.red("different")}: ${what}`].join("\n");
}

/** What to do after a switch, as text. */
export function renderSwitch(report: SwitchReport): string {
  const { databaseEndpoint, databasePort, targetFingerprint, closedMs, unfinishedRuns } = report;
  const runs = unfinishedRuns.map(
    ({ runId, businessDate }) => `  ${runId}: ./baton run --date ${businessDate} --force`,
  );
  return [
    `${colours.green("switched")}: no run was accepted for ${formatDuration(closedMs)}`,
    "",
    `${colours.bold("next")}: deploy with these parameters, and keep them in deploy/STAGE.env:`,
    `  databaseEndpoint=${databaseEndpoint} databasePort=${databasePort} targetFingerprint=${targetFingerprint}`,
    ...(runs.length === 0
      ? []
      : ["", "Messages of these runs have the previous fingerprint and are refused:", ...runs]),
  ].join("\n");
}

/** A retired server that nobody uses any more, as text. */
export function renderRetirement({ retiredAt, quietSince, source, schemas, isDropped }: RetireReport): string {
  const rows = schemas.map(({ name, tables, bytes }) => [name, formatCount(tables), formatBytes(bytes)]);
  const counted = source === "accounts" ? "counts by user and host" : "counts by user";
  return [
    `retired at ${retiredAt}; no connections since ${quietSince} (${counted} of this server)`,
    ...(rows.length === 0 ? [] : ["", table(["schema", "tables", "size"], rows), ""]),
    isDropped
      ? `${colours.green("removed")}: the ledger stays, so that old configurations get TARGET_RETIRED`
      : `${colours.green("unused")}: to remove the data, add --drop --yes`,
  ].join("\n");
}
