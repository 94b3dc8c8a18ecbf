import { formatMany } from "../text/format.ts";
import { PermanentError } from "./errors.ts";

/** A data test that did not pass. */
export interface FailedTest {
  name: string;
  model: string;
  severity: "warn" | "error";
  failures: number;
  /** What was found, for a person. */
  message?: string | undefined;
}

/** Tests that the error's text names; all of them stand in the ledger. */
const NAMED_TESTS = 5;
/** Tests travel in an event, which has to stay small. */
const MAX_MESSAGE = 500;

/** Tests of error severity failed: the built set is not published, the last good one stays live. */
export class QualityError extends PermanentError {
  readonly tests: readonly FailedTest[];

  constructor(layer: string, tests: readonly FailedTest[], runId?: string) {
    const named = tests
      .slice(0, NAMED_TESTS)
      .map(({ name, failures, message }) => `${name} (${message ?? formatMany(failures, "row")})`);
    const more = tests.length > named.length ? ` and ${tests.length - named.length} more` : "";
    const run = runId === undefined ? "" : ` ${runId}`;
    super(
      "QUALITY_TESTS_FAILED",
      `${formatMany(tests.length, "test")} of ${layer} failed: ${named.join("; ")}${more}`,
      {
        kind: "data",
        subjects: tests.map(({ model }) => model).filter((model) => model !== ""),
        advice:
          `The last good ${layer} stays live. Look: ./baton quality${run}. Repair the data or the model, or, if the data ` +
          `is right as it is: ./baton quality accept${run} --reason "WHY". Then: ./baton dlq replay ${layer}`,
      },
    );
    this.tests = tests.map(({ name, model, severity, failures, message }) => ({
      ...{ name, model, severity, failures },
      ...(message !== undefined && { message: message.slice(0, MAX_MESSAGE) }),
    }));
  }
}
