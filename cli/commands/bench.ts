import type { Command } from "commander";
import { wholeNumber } from "../parse-whole-number.ts";
import { parseSize } from "../parse-size.ts";

interface BenchFlags {
  size: number;
  repeat: number;
  curve: boolean;
  wideRows: boolean;
  json: boolean;
}

const EXAMPLES = `
On a private MariaDB with durable settings (a commit is on disk), which is removed afterwards, one dump is loaded
in turn by the stock client, by myloader with two threads, and by Baton: whole, unchanged, and with the largest and five
small tables changed. Rows are counted and compared after each turn. Times are medians, from start to end of a process.

Examples:
  $ ./baton bench load --size 300MB
  $ ./baton bench load --size 945MB --repeat 5 --json
  $ ./baton bench load --size 300MB --curve --wide-rows --json > docs/benchmarks.json
  $ ./baton bench report docs/benchmarks.json      figures and picture into docs/benchmarks.md
  $ ./baton bench scan --size 300MB`;

/** Adds `baton bench`. */
export function register(program: Command): void {
  const bench = program.command("bench").description("measure the loader beside what one would use otherwise");
  bench
    .command("load")
    .description("load a sample by the stock client, by myloader and by Baton, and compare")
    .option("--size <size>", "size of the sample: 100MB, 300MB, 1GB", parseSize, 300e6)
    .option("--repeat <n>", "turns; medians are told", wholeNumber(1, 99), 3)
    .option("--curve", "also load 0.1, 0.3, 1 and 4 GB, and tell how straight the line is", false)
    .option("--wide-rows", "also load single rows of 64 MB", false)
    .option("--json", "print the figures as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (flags: BenchFlags) => {
      const { runBenchLoad } = await import("../bench/run-bench.ts");
      await runBenchLoad(flags);
    });
  withTurns(bench.command("scan"))
    .description("read a sample as the index pass does: statements, rows and hashes")
    .action(async (flags: Pick<BenchFlags, "size" | "repeat" | "json">) => {
      const { runBenchScan } = await import("../bench/run-bench.ts");
      await runBenchScan(flags);
    });
  withTurns(bench.command("profile"))
    .description("what the data-quality profiles of a load cost beside it")
    .addHelpText("after", "\nExamples:\n  $ ./baton bench profile\n  $ ./baton bench profile --size 1GB --json")
    .action(async (flags: Pick<BenchFlags, "size" | "repeat" | "json">) => {
      const { runBenchProfile } = await import("../bench/run-bench-profile.ts");
      await runBenchProfile(flags);
    });
  bench
    .command("report")
    .description("write the figures of a result, and their picture, into a page of the documentation")
    .argument("<results>", "what `bench load --json` printed")
    .option("--page <file>", "page with the markers of the figures", "docs/benchmarks.md")
    .action(async (results: string, flags: { page: string }) => {
      const { runBenchReport } = await import("../bench/run-bench.ts");
      await runBenchReport(results, flags.page);
    });
  bench
    .command("recovery")
    .description("run, fail at silver's last model and replay; run and kill silver: on a stage of its own")
    .option("--size <size>", "size of the sample", parseSize, 300e6)
    .option("--json", "print the figures as JSON", false)
    .addHelpText("after", "\nExamples:\n  $ ./baton bench recovery --size 945MB\n  $ ./baton bench recovery --json")
    .action(async (flags: Pick<BenchFlags, "size" | "json">) => {
      const { runBenchRecovery } = await import("../bench/run-bench-failure.ts");
      await runBenchRecovery(flags);
    });
  bench
    .command("page")
    .description("open the console page of a long history, and of 30 runs, in a browser that has just started")
    .option("--runs <n>", "runs of the long history", wholeNumber(1, 400, ", which is what the page shows"), 400)
    .option("--repeat <n>", "turns; medians are told", wholeNumber(1, 99), 5)
    .option("--json", "print the figures as JSON", false)
    .addHelpText("after", "\nExamples:\n  $ ./baton bench page\n  $ ./baton bench page --runs 100 --repeat 9 --json")
    .action(async (flags: Pick<BenchFlags, "repeat" | "json"> & { runs: number }) => {
      const { runBenchPage } = await import("../bench/run-bench-page.ts");
      await runBenchPage(flags);
    });
  bench
    .command("runtime")
    .description("what the runtime adds to a layer: claim, heartbeat, ledger, outbox")
    .option("--repeat <n>", "messages", wholeNumber(1, 99), 99)
    .option("--json", "print the figures as JSON", false)
    .addHelpText("after", "\nExamples:\n  $ ./baton bench runtime\n  $ ./baton bench runtime --repeat 50 --json")
    .action(async (flags: Pick<BenchFlags, "repeat" | "json">) => {
      const { runBenchRuntime } = await import("../bench/run-bench-failure.ts");
      await runBenchRuntime(flags);
    });
}

/** The options of a measurement that is taken of one sample several times. */
function withTurns(command: Command): Command {
  return command
    .option("--size <size>", "size of the sample", parseSize, 300e6)
    .option("--repeat <n>", "turns; medians are told", wholeNumber(1, 99), 5)
    .option("--json", "print the figures as JSON", false);
}
