import type { Command } from "commander";

interface CommandModule {
  /** Adds the command with its options, help and examples to the program. */
  register(program: Command): void;
}

/** Every command of `./baton`, in the order of `--help`; one module for each command. */
export const commandModules: Record<string, () => Promise<CommandModule>> = {
  local: () => import("./commands/local.ts"),
  run: () => import("./commands/run.ts"),
  status: () => import("./commands/status.ts"),
  runs: () => import("./commands/runs.ts"),
  cancel: () => import("./commands/cancel.ts"),
  backfill: () => import("./commands/backfill.ts"),
  report: () => import("./commands/report.ts"),
  doctor: () => import("./commands/doctor.ts"),
  preflight: () => import("./commands/preflight.ts"),
  dlq: () => import("./commands/dlq.ts"),
  target: () => import("./commands/target.ts"),
  migrate: () => import("./commands/migrate.ts"),
  backups: () => import("./commands/backups.ts"),
  quality: () => import("./commands/quality.ts"),
  alerts: () => import("./commands/alerts.ts"),
  sample: () => import("./commands/sample.ts"),
  logs: () => import("./commands/logs.ts"),
  sql: () => import("./commands/sql.ts"),
  dbt: () => import("./commands/dbt.ts"),
  review: () => import("./commands/review.ts"),
  load: () => import("./commands/load.ts"),
  adopt: () => import("./commands/adopt.ts"),
  grants: () => import("./commands/grants.ts"),
  completion: () => import("./commands/completion.ts"),
};
