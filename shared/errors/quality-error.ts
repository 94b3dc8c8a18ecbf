import { formatMany } from "../text/format.ts";
import { PermanentError } from "./errors.ts";

/** A failed data test. */
export interface FailedTest {
  name: string;
  model: string;
  severity: "warn" | "error";
  failures: number;
  /** What the test found, for a person. */
  message?: string | undefined;
}

/** Tests named in the error's text; the ledger has all of them. */
const NAMED_TESTS = 5;
/** Tests are part of an event, which has a size limit. */
const MAX_MESSAGE = 500;

/** Tests of error severity failed: the built set is not published, the last good set stays live. */
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
          `The last good ${layer} stays live. See the failures: ./baton quality${run}. Repair the data or the model. If the ` +
          `data is correct: ./baton quality accept${run} --reason "WHY". Then: ./baton dlq replay ${layer}`,
      },
    );
    this.tests = tests.map(({ name, model, severity, failures, message }) => ({
      ...{ name, model, severity, failures },
      ...(message !== undefined && { message: message.slice(0, MAX_MESSAGE) }),
    }));
  }
}
