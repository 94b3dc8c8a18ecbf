import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../local/paths.ts";
import { benchPage } from "../../test/bench/bench-page.ts";
import { withServices } from "../../test/bench/with-services.ts";
import { printPageBench } from "../output/print-bench-page.ts";

/** Runs `baton bench page`; the browser comes with a set-up of its own. */
export async function runBenchPage(options: { runs: number; repeat: number; json: boolean }): Promise<void> {
  await promisify(execFile)(join(projectRoot, "local/bin/setup"), ["--with", "browser"]);
  const result = await withServices(() => benchPage(options.runs, options.repeat));
  printPageBench(result, { json: options.json });
}
