import { withCommandsFor } from "../../../shared/text/command-for.ts";
import { judgeToday, type TodayFacts } from "../../../shared/console/data/judge-today.ts";
import type { GivenUp, LiveLayer, ReportedRun, ReportedState } from "../../../shared/console/data/report.ts";

/** 08:30 in Tokyo on 7 February. */
const NOW = new Date("2026-02-06T23:30:00Z");

function liveOf(businessDate: string): LiveLayer {
  return {
    layer: "gold",
    runId: `${businessDate}-00000000`,
    businessDate,
    publishedAt: `${businessDate}T00:00:00.000Z`,
  };
}

function runOf(
  state: ReportedState,
  { code = "ECONNRESET", advice = "Then: ./baton dlq replay silver" } = {},
): ReportedRun {
  return {
    id: "2026-02-07-1a2b3c4d",
    businessDate: "2026-02-07",
    state,
    requestedBy: "schedule",
    startedAt: "2026-02-06T22:00:00.000Z",
    finishedAt: null,
    durationMs: 1,
    dump: null,
    layers: [
      {
        name: "silver",
        state,
        attempts: 1,
        durationMs: 1,
        rows: null,
        nextAttemptAt: null,
        error: state === "failed" ? { code, message: "what happened", advice } : null,
      },
    ],
    attempts: [],
  };
}

const FAILURE: GivenUp = {
  ...{ layer: "silver", runId: "2026-02-07-1a2b3c4d", code: "X", since: "2026-02-06T22:30:00Z" },
  ...{ attempts: 4, supersededBy: null },
};

function judge(facts: Partial<TodayFacts>): ReturnType<typeof judgeToday> {
  const usual = {
    stage: "prod",
    now: NOW,
    deadline: "08:00",
    live: liveOf("2026-02-07"),
    liveFreshnessHours: 1.5,
    warnedTests: 0,
    newlyWarnedTests: 0,
    givenUp: [FAILURE],
    history: [],
  };
  return judgeToday({ ...usual, newest: runOf("completed"), ...facts });
}

describe("the top of the console page", () => {
  it("calls the day good when its data is live, even if tests warn", () => {
    expect(judge({ warnedTests: 2, newlyWarnedTests: 1 })).toMatchObject({
      state: "good",
      headline: "Good: the data of 2026-02-07 (Sat) is live.",
      happened: ["2 data tests warn, 1 of them new; none blocks."],
      nextCommand: null,
    });
  });

  it("names dates that the history lacks, even if the day is good", () => {
    const lacks = ["08", "09"].map((day) => ({ businessDate: `2026-02-${day}`, missingIn: ["gold"] }));

    expect(judge({ history: [{ businessDate: "2026-02-07", missingIn: [] }, ...lacks] })).toMatchObject({
      state: "good",
      happened: [
        "Every data test passed.",
        "2 dates from 2026-02-08 to 2026-02-09 are gaps in gold: the history has no changes of these dates. " +
          "To rebuild the history: ./baton --stage prod backfill --from 2026-02-08 --force",
      ],
    });
  });

  it("does not call it good when the newest complete run is of an earlier day than the one that was due", () => {
    expect(judge({ live: liveOf("2026-02-06") })).toMatchObject({
      state: "not-good",
      headline: "Not good: there is no data of 2026-02-07 (Sat), which was due at 08:00.",
      nextCommand: "./baton --stage prod run --date 2026-02-07 --watch",
    });
    expect(judge({ live: liveOf("2026-02-06"), now: new Date("2026-02-06T22:30:00Z") })).toMatchObject({
      state: "good",
    });
    expect(judge({ live: liveOf("2026-02-06"), deadline: "" })).toMatchObject({ state: "good" });
  });

  it("does not call it good when its dump was older than a day and runs are expected", () => {
    expect(judge({ liveFreshnessHours: 30.5 })).toMatchObject({
      state: "not-good",
      headline: "Not good: the data of 2026-02-07 (Sat) is live, but its dump was 30.5 h old.",
      nextCommand: "./baton --stage prod run --date 2026-02-07 --force --watch",
    });
    expect(judge({ liveFreshnessHours: 30.5, deadline: "" })).toMatchObject({ state: "good" });
  });

  it("shows what happened, what is safe and the next step once, with commands for this environment", () => {
    expect(judge({ newest: runOf("failed"), live: liveOf("2026-02-06") })).toMatchObject({
      state: "not-good",
      happened: ["ECONNRESET: what happened"],
      safe: ["Dashboards show the data of 2026-02-06 (Fri), complete and tested."],
      toDo: ["Then: ./baton --stage prod dlq replay silver"],
      nextCommand: "./baton --stage prod dlq replay silver --run 2026-02-07-1a2b3c4d",
    });
  });

  it("offers the results of a failed data test before the replay", () => {
    expect(judge({ newest: runOf("failed", { code: "QUALITY_TESTS_FAILED" }) }).nextCommand).toBe(
      "./baton --stage prod quality 2026-02-07-1a2b3c4d",
    );
  });

  it("offers no replay when the error asks for another command", () => {
    const newest = runOf("failed", { advice: "To load it anyway: ./baton run --date 2026-02-07 --allow-stale" });

    expect(judge({ newest })).toMatchObject({
      toDo: ["To load it anyway: ./baton --stage prod run --date 2026-02-07 --allow-stale"],
      nextCommand: null,
    });
  });

  it("offers no replay when another run is live", () => {
    const supersededBy = "2026-02-08-00000000";
    const today = judge({ newest: runOf("failed"), givenUp: [{ ...FAILURE, supersededBy }] });

    expect(today.toDo.join()).toContain("A replay is not possible: 2026-02-08 is live (run 2026-02-08-00000000)");
    expect(today.nextCommand).toBe(`./baton --stage prod dlq purge silver --run ${FAILURE.runId} --yes`);
  });

  it("offers to continue the run when its DLQ message is no longer there", () => {
    expect(judge({ newest: runOf("failed"), givenUp: [] })).toMatchObject({
      toDo: [
        "A replay is not possible: the DLQ message was deleted or has expired. " +
          "To continue the run: ./baton --stage prod run --date 2026-02-07 --allow-stale",
      ],
      nextCommand: null,
    });
  });

  it("distinguishes a run that is on time from a late one", () => {
    const newest = runOf("running");
    const early = judge({ newest, live: liveOf("2026-02-06"), now: new Date("2026-02-06T22:05:00Z") });

    expect(early.headline).toBe("Running: silver works on the data of 2026-02-07 (Sat).");
    expect(judge({ newest, live: liveOf("2026-02-06") }).headline).toMatch(/^Late, but running/);
  });
});

describe("advice", () => {
  it("has commands with --stage, once", () => {
    const text = "Look: ./baton quality. Then: ./baton --stage prod dlq replay gold";

    expect(withCommandsFor("prod", text)).toBe("Look: ./baton --stage prod quality. Then: ./baton --stage prod dlq replay gold"); // prettier-ignore
    expect(withCommandsFor("local", "Look: ./baton quality")).toBe("Look: ./baton quality");
  });
});
