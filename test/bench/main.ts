import { Command, Option } from "commander";
import { parseSize } from "../../cli/parse-size.ts";
import { wholeNumber } from "../../cli/parse-whole-number.ts";
import { runCommand } from "../../cli/run-command.ts";
import { engines, type Engine } from "../../local/engine.ts";
import { readSource } from "../../local/layer-table.ts";
import type { BenchFlags } from "./bench-result.ts";

const EXAMPLES = `
\`load\` starts a private MariaDB or MySQL with durable settings (a commit is on disk) and removes it afterwards. It loads one dump
with the engine's own client, with myloader on two threads, and with Baton: the full dump, an unchanged
dump, and a dump with six changed tables. Rows are counted and compared after each load. Times are medians of whole processes.

Examples:
  npm run bench -- load --size 300MB
  npm run bench -- load --size 945MB --repeat 5
  npm run bench -- load --engine mysql
  npm run --silent bench -- load --size 300MB --curve --wide-rows --json > docs/benchmarks.json
  npm run bench -- report docs/benchmarks.json
  npm run bench -- tables --tables 3000 --engine mysql
  npm run bench -- scan --size 300MB
  npm run bench -- dbt --size 945MB
  npm run bench -- review --size 300MB
  npm run bench -- recovery --size 945MB
  npm run bench -- attempts --size 4GB --limit 45
  npm run bench -- backfill --days 5 --size 50MB
  npm run bench -- migrate --size 945MB --repeat 3
  npm run bench -- migrate --from mysql --to mariadb
  npm run bench -- page --runs 100 --repeat 9

The benchmarks use servers of their own, so they take no --stage.`;

// importing all measurements would take longer than reading the command line
const measurements = () => import("./run-bench.ts");

/** Adds the benchmarks to a program. */
export function register(program: Command): void {
  program
    .description("Measure the loader and compare it with the stock client and myloader")
    .addHelpText("after", EXAMPLES);
  withOptions(program.command("load"), { size: 300e6, repeat: 3 })
    .description("load a sample with the stock client, myloader and Baton, and compare them")
    .addOption(engineOption())
    .option("--curve", "also load 0.1, 0.3, 1 and 4 GB, and report how linear the times are", false)
    .option("--wide-rows", "also load single rows of 64 MB", false)
    .action(async (flags: BenchFlags & { engine?: Engine; curve: boolean; wideRows: boolean }) =>
      (await measurements()).runBenchLoad(flags),
    );
  withOptions(program.command("tables"), { repeat: 3 })
    .description("load many small tables with the stock client and Baton, and compare them")
    .addOption(engineOption())
    .option("--tables <n>", "number of tables", wholeNumber(1, 5_000), 3_000)
    .action(async (flags: Omit<BenchFlags, "size"> & { engine?: Engine; tables: number }) =>
      (await measurements()).runBenchTables(flags),
    );
  withOptions(program.command("scan"), { size: 300e6, repeat: 5 })
    .description("read a sample as the index pass does: statements, rows and hashes")
    .action(async (flags: BenchFlags) => (await measurements()).runBenchScan(flags));
  withOptions(program.command("profile"), { size: 300e6, repeat: 5 })
    .description("measure what the data-quality profiles add to a load")
    .action(async (flags: BenchFlags) => (await measurements()).runBenchProfile(flags));
  withOptions(program.command("dbt"), { size: 300e6, repeat: 3 })
    .description("build silver and gold of a sample with dbt, and show where the time goes")
    .action(async (flags: BenchFlags) => (await measurements()).runBenchDbt(flags));
  withOptions(program.command("review"), { size: 300e6, repeat: 3 })
    .description("review a change to one model and one to all models of a sample, and compare with building the layers")
    .action(async (flags: BenchFlags) => (await measurements()).runBenchReview(flags));
  program
    .command("report")
    .description("write the figures of results, and the chart of the first, into a page of the documentation")
    .argument("<results...>", "output of `load --json`, one file per engine")
    .option("--page <file>", "page that contains the markers", "docs/benchmarks.md")
    .action(async (results: [string, ...string[]], flags: { page: string }) =>
      (await measurements()).runBenchReport(results, flags.page),
    );
  withOptions(program.command("recovery"), { size: 300e6 })
    .description("time a full run, a replay after silver fails at its last model, and a retry after silver is killed")
    .action(async (flags: BenchFlags) => (await measurements()).runBenchRecovery(flags));
  withOptions(program.command("attempts"), { size: 1e9 })
    .description("load a sample through a deployed environment, with and without a short time limit of the function")
    .option("--limit <seconds>", "time limit of the function", wholeNumber(15, 900), 45)
    .action(async (flags: BenchFlags & { limit: number }) => (await measurements()).runBenchAttempts(flags));
  withOptions(program.command("backfill"), { size: 50e6 })
    .description("compare a backfill with running each of its days alone")
    .option("--days <n>", "number of days", wholeNumber(1, 366), 30)
    .action(async (flags: BenchFlags & { days: number }) => (await measurements()).runBenchBackfill(flags));
  withOptions(program.command("migrate"), { size: 300e6, repeat: 3 })
    .description("move a sample between two servers with the stock programs and with Baton, and compare both sides")
    .addOption(engineOption())
    .addOption(new Option("--from <engine>", "of the source, instead of --engine").choices([...engines]))
    .addOption(new Option("--to <engine>", "of the target, instead of --engine").choices([...engines]))
    .action(async (flags: BenchFlags & Partial<Record<"engine" | "from" | "to", Engine>>) =>
      (await measurements()).runBenchMigrate(flags),
    );
  withOptions(program.command("page"), { repeat: 5 })
    .description("time how long the console page takes to open in a new browser: a long history and 30 runs")
    .option("--runs <n>", "runs of the long history", wholeNumber(1, 400, ", the most that the page shows"), 400)
    .action(async (flags: BenchFlags & { runs: number }) => (await measurements()).runBenchPage(flags));
  withOptions(program.command("runtime"), { repeat: 99 })
    .description("measure what the runtime adds to a layer: claim, heartbeat, ledger, outbox")
    .action(async (flags: BenchFlags) => (await measurements()).runBenchRuntime(flags));
}

function engineOption(): Option {
  return new Option("--engine <engine>", "database engine (default: BATON_ENGINE, else mariadb)").choices([...engines]);
}

function withOptions(command: Command, defaults: { size?: number; repeat?: number }): Command {
  if (defaults.size !== undefined) {
    command.option("--size <size>", "size of the sample: 100MB, 300MB, 1GB", parseSize, defaults.size);
  }
  if (defaults.repeat !== undefined) {
    command.option(
      "--repeat <n>",
      "number of repetitions; the report shows medians",
      wholeNumber(1, 99),
      defaults.repeat,
    );
  }
  return command.option("--json", "print the figures as JSON", false);
}

if (import.meta.main) {
  const argv = process.argv.slice(2);
  const program = new Command("npm run bench --").exitOverride();
  register(program);
  // samples and deployed stacks use the time zone of the source
  process.env["BATON_TIME_ZONE"] ??= (await readSource()).timeZone;
  process.exitCode = await runCommand(program, argv);
}
