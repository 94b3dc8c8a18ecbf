/** Ends the output with `N passed, N failed`, alone on a line. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const brokenFiles = results.numRuntimeErrorTestSuites;
    const failed = results.numFailedTests + brokenFiles;
    process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed\n`);
  }
}
