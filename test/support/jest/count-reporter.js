import { writeSync } from "node:fs";

/** Ends the output with `N passed, N failed`, alone on the last line of stdout. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    // .ci/run counts a static check that failed as well
    const failedChecks = Number(process.env.BATON_FAILED_CHECKS ?? 0);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + failedChecks;
    // Jest's own summary comes after every reporter
    process.once("exit", () => writeSync(1, `\n${results.numPassedTests} passed, ${failed} failed\n`));
  }
}
