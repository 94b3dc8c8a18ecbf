import { hostname } from "node:os";
import type { Command } from "commander";
import { colours } from "../output/colours.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { adoptTarget, type Adoption } from "../../shared/ledger/adopt-target.ts";
import { findTarget } from "../../shared/warehouse/identity/find-target.ts";
import { judgeTarget } from "../../shared/warehouse/identity/judge-target.ts";
import { fingerprintOf, type FoundTarget } from "../../shared/warehouse/identity/target.ts";
import { printAnswer } from "../output/print-answer.ts";
import { table } from "../output/table.ts";
import { openStage } from "../stage/open-stage.ts";
import { expectedBy, type StageAccess } from "../stage/stage-access.ts";
import { UsageError } from "../usage-error.ts";
import { userName } from "../user-name.ts";

interface AdoptFlags {
  yes?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** The warehouse as found, what the deployment expects, and the differences. */
interface ShownTarget {
  agrees: boolean;
  endpoint: string;
  schema: string;
  server: string;
  members: readonly string[];
  isReadOnly: boolean;
  identity: string | null;
  fingerprint: string | null;
  deployment: string | null;
  adoptedAt: string | null;
  adoptedBy: string | null;
  expected: { deployment: string; fingerprint: string | null };
  problems: { code: string; message: string; advice: string }[];
}

function describe(stage: StageAccess, found: FoundTarget): ShownTarget {
  const { row, server } = found;
  const problems = judgeTarget(found, expectedBy(stage));
  return {
    agrees: problems.length === 0,
    endpoint: `${found.host}:${found.port}`,
    schema: found.schema,
    server: server.name,
    members: server.members,
    isReadOnly: server.isReadOnly,
    identity: row?.identity ?? null,
    fingerprint: row === undefined ? null : fingerprintOf(row),
    deployment: row?.deployment ?? null,
    adoptedAt: row?.adoptedAt.toISOString() ?? null,
    adoptedBy: row?.adoptedBy ?? null,
    expected: { deployment: stage.deployment, fingerprint: stage.targetFingerprint ?? null },
    problems: problems.map(({ code, message, advice = "" }) => ({ code, message, advice })),
  };
}

/** The warehouse as text. */
export function renderTarget(target: ShownTarget): string {
  const rows = [
    ["endpoint", target.endpoint, ""],
    ["server", target.server + (target.isReadOnly ? ", read-only" : ""), ""],
    ["same storage", target.members.join(", "), ""],
    ["ledger", target.schema, ""],
    ["identity", target.identity ?? "none yet: the first run creates it", ""],
    ["adopted", [target.adoptedAt, target.adoptedBy].filter((part) => part !== null).join(" by ") || "-", ""],
    ["fingerprint", target.fingerprint ?? "-", target.expected.fingerprint ?? "any: targetFingerprint is not set"],
    ["deployment", target.deployment ?? "none yet", target.expected.deployment],
  ];
  const verdict = target.agrees
    ? colours.green("this is the warehouse of the deployment")
    : target.problems
        .map(({ code, message, advice }) => `${colours.red(code)} ${message}\n  ${colours.bold("next")}: ${advice}`)
        .join("\n");
  return `${table(["", "found", "expected"], rows)}\n\n${verdict}`;
}

/** An adopted server as text. */
export function renderAdoption(
  stage: string,
  { previous, present, unfinishedRuns }: Adoption,
  dryRun: boolean,
): string {
  const rows = [
    ["fingerprint", previous.fingerprint, present.fingerprint],
    ["server", previous.serverIdentity, present.serverIdentity],
    ["same storage", previous.members.join(", "), present.members.join(", ")],
    ["deployment", previous.deployment ?? "-", present.deployment ?? "-"],
  ];
  const lines = [
    table(["", "before", dryRun ? "would be" : "from now on"], rows),
    "",
    `${colours.bold("next")}: deploy what it expects, and keep it in deploy/${stage}.env: deploy/deploy ${stage} --param=targetFingerprint=${present.fingerprint}`,
  ];
  if (previous.fingerprint === present.fingerprint || unfinishedRuns.length === 0) return lines.join("\n");
  const runs = unfinishedRuns.map(({ runId, businessDate }) => {
    return `  ${runId}: ./baton dlq purge --run ${runId} --yes; ./baton run --date ${businessDate} --force`;
  });
  return [...lines, "", "Messages of these runs have the previous fingerprint and are refused:", ...runs].join("\n");
}

/** `baton target`: shows the warehouse of the environment, and how to move to another one. */
export function register(program: Command): void {
  const target = program
    .command("target")
    .summary("show the warehouse's identity, or adopt another server")
    .addHelpText("after", "\nExamples:\n  ./baton target show\n  ./baton --stage prod target adopt --dry-run");
  const open = (command: Command) => openStage(command.optsWithGlobals<{ stage: string }>().stage);

  target
    .command("show")
    .summary("show the present warehouse; exit 1 if it is not the expected one")
    .description("Compares the present warehouse with the one that the deployment expects. Changes nothing.")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  ./baton target show\n  ./baton target show --json")
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const stage = await open(command);
      const connection = await connect(stage.warehouse);
      try {
        const shown = describe(stage, await findTarget(connection, stage.warehouse));
        printAnswer(json, shown, () => renderTarget(shown));
        process.exitCode = shown.agrees ? 0 : 1;
      } finally {
        await connection.end();
      }
    });

  target
    .command("adopt")
    .summary("use the present server as the warehouse from now on")
    .description(
      "For a planned move to a restored copy, another cluster or another deployment. Records the person, the time and the " +
        "previous server. Fails while a layer runs. Messages from before the move are still refused.",
    )
    .option("--dry-run", "show what would change, and change nothing")
    .option("--yes", "adopt the server")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  ./baton target adopt --dry-run\n  ./baton target adopt --yes")
    .action(async ({ yes, dryRun = false, json }: AdoptFlags, command: Command) => {
      if (yes !== true && !dryRun) {
        throw new UsageError(
          "adopt changes the warehouse that Baton writes to",
          "Check with --dry-run first, then repeat with --yes.",
        );
      }
      const stage = await open(command);
      const adoption = await adoptTarget(stage.warehouse, {
        deployment: stage.deployment,
        layers: stage.layers,
        adoptedBy: `${userName()}@${hostname()}`,
        dryRun,
      });
      printAnswer(json, adoption, () => renderAdoption(stage.stage, adoption, dryRun));
    });
}
