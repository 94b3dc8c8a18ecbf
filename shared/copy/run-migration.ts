import type { EventData } from "../../events/schemas.ts";
import { ledgerSchemaOf, qualitySchemaOf, schemasOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { assertNever } from "../errors/assert-never.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import { compareWarehouses, type ComparedTable, type ComparisonReport } from "./compare-warehouses.ts";
import { copyWarehouse, type CopyOptions, type CopyProgress, type CopyReport } from "./copy-warehouse.ts";
import { planCopy, type CopyPlan } from "./plan-copy.ts";
import { retireSource, type RetireReport } from "./retire-source.ts";
import { switchBack, switchWarehouse, type SwitchReport } from "./switch-warehouse.ts";

/** A command of `baton migrate` with its options. */
export type MigrationRequest = EventData<"MigrationRequested">;

/** The result of a command. */
export type MigrationReport =
  | { command: "plan"; report: CopyPlan }
  | { command: "copy"; report: CopyReport & Measured }
  | { command: "verify"; report: ComparisonReport }
  | { command: "switch"; report: SwitchReport }
  | { command: "back"; report: { targetFingerprint: string } }
  | { command: "retire"; report: RetireReport };

interface Measured {
  durationMs: number;
  /** Of this process. */
  peakRssBytes: number;
}

/** Where a command runs, and who follows it. */
export interface MigrationWork {
  from: WarehouseConfig;
  to: WarehouseConfig;
  /** The layers, each with the other schemas of its dbt nodes. */
  layers: readonly { name: string; alsoBuilds: readonly string[] }[];
  startedAt: Date;
  signal: AbortSignal;
  /** Receives the state, which replaces the one before. */
  onProgress: (line: string) => void;
  /** Receives what an operator should read even later. */
  onNote: (line: string) => void;
  /** Called after a step that a later call does not repeat. */
  onStep: () => void;
  /** Tables that an earlier call of `verify` has compared; `verify` adds its own. */
  compared: ComparedTable[];
}

const DEFAULT_CONNECTIONS = 3;
/** A dashboard that is used once a month connects at least once in this time. */
export const DEFAULT_AFTER_MS = 30 * 24 * 3_600_000;

/**
 * Carries out one command of `baton migrate`. Each can be repeated: completed work is not done again.
 *
 * @throws the errors of the command
 */
export async function runMigration(request: MigrationRequest, work: MigrationWork): Promise<MigrationReport> {
  const { command, by } = request;
  const { from, to, layers, startedAt, signal, onProgress, onNote, onStep } = work;
  const sides = { from, to };
  const schemas = schemasToCopy(request, work);
  const connections = request.connections ?? DEFAULT_CONNECTIONS;
  const elapsedMs = (): number => Date.now() - startedAt.getTime();
  let rows = 0;
  const onCompared = (count: number): void => {
    rows += count;
    onProgress(`compared ${formatCount(rows)} rows`);
  };
  const copying = {
    ...{ ...sides, schemas, connections, signal, onStep },
    onProgress: (state: CopyProgress) => onProgress(progressLine(state, elapsedMs())),
  };
  const move = { ...sides, layers: layers.map(({ name }) => name), by };
  switch (command) {
    case "plan":
      return { command, report: await planCopy({ ...sides, schemas: schemas.map(({ name }) => name) }) };
    case "copy": {
      const report = await copyWarehouse({
        ...copying,
        existing: request.replace === true ? "replace" : "refuse",
        onRepeat: (tables) => onNote(`changed on the source meanwhile, copied again: ${tables.join(", ")}`),
      });
      const peakRssBytes = process.resourceUsage().maxRSS * 1024;
      return { command, report: { ...report, durationMs: elapsedMs(), peakRssBytes } };
    }
    case "verify": {
      const published = schemas.filter(({ changes }) => changes === "by-publication");
      const report = await compareWarehouses({
        ...{ ...sides, connections, signal, schemas: published.map(({ name }) => name) },
        known: work.compared,
        onRows: onCompared,
        onTable(table) {
          work.compared.push(table);
          onStep();
        },
      });
      return { command, report };
    }
    case "switch":
      return {
        command,
        report: await switchWarehouse({ ...copying, ...move, onCompared, onRepeat: () => undefined }),
      };
    case "back":
      return { command, report: { targetFingerprint: await switchBack(move) } };
    case "retire": {
      const { afterMs, ignored, drop } = request.retire ?? { afterMs: DEFAULT_AFTER_MS, ignored: [], drop: false };
      const report = await retireSource({
        ...{ ...sides, by, schemas: schemasWithData(work), afterMs, ignored, data: drop ? "drop" : "keep" },
        onDrop: (schema) => onProgress(`dropping ${schema}`),
      });
      return { command, report };
    }
    default:
      return assertNever(command);
  }
}

function schemasToCopy(
  { backups }: MigrationRequest,
  { from: { schemaPrefix }, layers }: MigrationWork,
): CopyOptions["schemas"] {
  const published = publishedSchemas(layers).flatMap((name) => {
    const { live, backup } = schemasOf(schemaPrefix, name);
    return backups === true ? [live, backup] : [live];
  });
  return [
    ...published.map((name) => ({ name, changes: "by-publication" as const })),
    { name: qualitySchemaOf(schemaPrefix), changes: "constantly" },
    { name: ledgerSchemaOf(schemaPrefix), changes: "constantly" },
  ];
}

function schemasWithData({ from: { schemaPrefix }, layers }: MigrationWork): string[] {
  const published = publishedSchemas(layers).map((name) => schemasOf(schemaPrefix, name));
  return [...published.flatMap(({ live, next, backup }) => [live, next, backup]), qualitySchemaOf(schemaPrefix)];
}

function publishedSchemas(layers: MigrationWork["layers"]): string[] {
  return [...new Set(layers.flatMap(({ name, alsoBuilds }) => [...alsoBuilds, name]))];
}

function progressLine({ schema, rows, totalRows, bytes }: CopyProgress, ms: number): string {
  const rate = (bytes / Math.max(1, ms)) * 1000;
  return `copying ${schema}: ${formatCount(rows)} of about ${formatCount(totalRows)} rows, ${formatBytes(rate)}/s`;
}
