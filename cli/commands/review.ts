import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { readLayerTable } from "../../local/layer-table.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { liveSetsOf } from "../../shared/dbt/separate-build.ts";
import { judge } from "../../shared/errors/judge.ts";
import { changedModels } from "../../shared/review/changed-models.ts";
import { renderMarkdown, renderUnfinished } from "../../shared/review/render-markdown.ts";
import { reviewOf, type ReviewOutcome, type ReviewVerdict } from "../../shared/review/review.ts";
import { runReview } from "../../shared/review/run-review.ts";
import { Interrupted } from "../interrupted.ts";
import { renderReview } from "../output/print-review.ts";
import { say } from "../output/say.ts";
import { remoteReview } from "../review/remote-review.ts";
import { openBus } from "../stage/open-bus.ts";
import { baseState } from "../review/base-state.ts";
import { logInAs } from "../stage/log-in-as.ts";
import { openLedgerToRead } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import type { StageAccess } from "../stage/stage-access.ts";
import { StopSignals } from "../stop-signals.ts";

interface ReviewFlags {
  base: string;
  select?: string;
  markdown?: string;
  json?: boolean;
  remote?: boolean;
}

const DBT = { python: join(batonHome, "venv/bin/python"), threads: 4 };
const EXIT_CODES: Readonly<Record<ReviewVerdict, number>> = { passed: 0, failed: 1, changed: 3 };

const HELP = `
Finds what the models in this checkout change, builds it and all that depends on it in schemas review_ID_*, tests it, and
compares it with the live tables by key. Everything else is read live. The schemas are always removed.

Exit codes: 0 nothing surprising; 1 a model or a test of severity error failed; 3 data or columns differ beyond the limits
in the YAML beside the models (meta.review, docs/review.md); 2 wrong usage.

Examples:
  ./baton review                                        compares with main
  ./baton review --base origin/main --markdown review.md
  ./baton review --base HEAD --select MODEL+            only what is not committed, and only these models
  ./baton review --base v0.2.0 --json
  ./baton review --stage prod --remote                  by the function review of prod, as CI does`;

/** `baton review`: the effect of a change to models on the data. */
export function register(program: Command): void {
  program
    .command("review")
    .summary("review a change to models by its data")
    .description("Builds what a change to the dbt models modifies, and compares it with the live tables.")
    .option("--base <revision>", "Git revision to compare with; main or origin/main by default", "main")
    .option("--select <models>", "only these of the changed models (dbt's selectors)")
    .option("--remote", "let the environment's function review it, without access to the warehouse")
    .option("--markdown <file>", "also write the report for a pull request")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(async (flags: ReviewFlags, command: Command) => {
      const { stage } = command.optsWithGlobals<{ stage: string }>();
      const reviewing =
        flags.remote === true
          ? openBus(stage).then((bus) => remoteReview(bus, flags))
          : openStage(stage).then((access) => review(flags, access));
      const outcome = await reviewing.catch(async (error: unknown) => {
        if (flags.markdown !== undefined) await writeFile(flags.markdown, renderUnfinished(judge(error).error));
        throw error;
      });
      if (flags.markdown !== undefined) await writeFile(flags.markdown, renderMarkdown(outcome));
      const result = reviewOf(outcome);
      process.stdout.write(`${flags.json === true ? JSON.stringify(result) : renderReview(outcome)}\n`);
      process.exitCode = EXIT_CODES[result.verdict];
    });
}

async function review({ base, select }: ReviewFlags, stage: StageAccess): Promise<ReviewOutcome> {
  const warehouse = await logInAs("review", stage);
  const { folder, project, varsDiffer } = await baseState(base, stage.warehouse.schemaPrefix);
  if (varsDiffer) say("vars of dbt_project.yml differ, so every model is built");
  const workFolder = await mkdtemp(join(tmpdir(), "baton-review-"));
  await using ledger = await openLedgerToRead(stage);
  const layers = await readLayerTable();
  using stop = new StopSignals((signal) => new Interrupted(signal, "stopped; the schemas of the review are removed"));
  try {
    return await runReview({
      installation: { ...DBT, project: join(projectRoot, "dbt") },
      baseInstallation: { ...DBT, project },
      ...{ warehouse, ledger: ledger.pool, base, baseState: folder, workFolder },
      readLiveSets: () => liveSetsOf(ledger.pool, layers),
      select: changedModels({ select, varsDiffer }),
      onProgress: say,
      signal: stop.signal,
    });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}
