import { PermanentError } from "./errors.ts";

/** A data test that did not pass. */
export interface FailedTest {
  name: string;
  model: string;
  severity: "warn" | "error";
  failures: number;
}

/** Tests of error severity failed: the built set is not published, the last good one stays live. */
export class QualityError extends PermanentError {
  readonly tests: readonly FailedTest[];

  constructor(layer: string, tests: readonly FailedTest[]) {
    const names = tests.slice(0, 5).map((test) => `${test.name} (${test.failures} rows)`);
    const more = tests.length > names.length ? ` and ${tests.length - names.length} more` : "";
    super("QUALITY_TESTS_FAILED", `${tests.length} tests of ${layer} failed: ${names.join(", ")}${more}`, {
      kind: "data",
      subjects: tests.map(({ model }) => model).filter((model) => model !== ""),
      advice: `The last good ${layer} stays live. Repair the data or the model, then: ./baton dlq replay ${layer}`,
    });
    this.tests = tests;
  }
}
