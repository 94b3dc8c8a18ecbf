import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Alert } from "../../../events/alert.ts";
import type { IncidentChange } from "../../../functions/notify/apply-signal.ts";
import { EMPTY_BOARD, type Board, type Incident, type LayerFailure } from "../../../functions/notify/board.ts";
import { composeAlert, type AlertContext } from "../../../functions/notify/compose-alert.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { alarmCatalogue, alarmName, type AlarmKindName } from "../../../shared/observability/alarm-catalogue.ts";

const context: AlertContext = {
  ...{ stage: "prod", region: "ap-northeast-1", endpoint: "", lastLayer: "gold", consoleUrl: "", bucket: "baton-prod" },
};
const YESTERDAY = { runId: "2026-02-06-1a2b3c4d", businessDate: "2026-02-06", finishedAt: "2026-02-05T22:06:00.000Z" };
const board: Board = { ...EMPTY_BOARD, completed: YESTERDAY };
const failure: LayerFailure = {
  ...{ layer: "silver", runId: "2026-02-07-0badcafe", businessDate: "2026-02-07", attempt: 4 },
  ...{
    failedAt: "2026-02-06T22:04:00.000Z",
    code: "ER_LOCK_DEADLOCK",
    message: "Deadlock found",
    subjects: ["stg_rooms"],
  },
  ...{ advice: "Repair, then replay.", tests: [] },
};

function compose(change: IncidentChange, options: Partial<AlertContext> = {}): Alert {
  return composeAlert(change, board, { ...context, ...options });
}
function alarmIncident(kind: AlarmKindName): Incident {
  const { scope, group, severity } = alarmCatalogue[kind];
  const subject = scope === "stage" ? "" : scope === "every function" ? "console" : "silver";
  const alarm = { name: alarmName("prod", { kind, subject }), kind, reason: "Threshold Crossed: 1 datapoint [1.0]" };
  return { subject, group, severity, openedAt: "2026-02-06T22:04:00.000Z", alarms: [alarm] };
}
function failureIncident(of: Partial<LayerFailure> = {}): Incident {
  const failed = { ...failure, ...of };
  return {
    ...{ subject: failed.layer, group: "layer", severity: "error", openedAt: failed.failedAt },
    ...{ failure: failed, alarms: [] },
  };
}
/** Sections of the runbook, by the names that links use. */
function sections(): string[] {
  const runbook = readFileSync(join(projectRoot, "docs/runbook.md"), "utf8");
  return [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"));
}

const kinds = Object.keys(alarmCatalogue) as AlarmKindName[]; // Object.keys forgets the key type
const incidents: readonly (readonly [string, () => Incident])[] = [
  ...kinds.map((kind) => [`alarm ${kind}`, () => alarmIncident(kind)] as const),
  ["failed layer", failureIncident],
  ["failed refresh", () => failureIncident({ layer: "refresh", subjects: ["new_contracts"] })],
  ["failed tests", () => failureIncident({ tests: [{ name: "unique_id", model: "stg_rooms", failures: 1 }] })],
];

describe("the text of an alert", () => {
  it.each(incidents)("of %s names failure, time, safe data, next command and links", (_name, make) => {
    const { subject, text } = compose({ kind: "opened", incident: make() });

    expect(subject).toMatch(/^\[Baton prod\] (FAILED|ALARM|WARNING) [\x20-\x7e]+$/);
    expect(subject.length).toBeLessThanOrEqual(100);
    expect(subject).not.toContain("...");
    for (const label of ["what", "since", "safe", "logs", "console", "runbook"]) {
      expect(text).toMatch(new RegExp(`^${label} +\\S`, "m"));
    }
    expect(text).toMatch(/^(next|then) +\.\/baton --stage prod /m);
    expect(text).toContain("2026-02-07 07:04 JST");
    const [, section] = /docs\/runbook\.md#(\S+)/.exec(text) ?? [];
    expect(sections()).toContain(section);
  });

  it.each(incidents)("of a recovered %s names the present state", (_name, make) => {
    const incident = make();
    const completion = incident.failure === undefined ? undefined : { ...YESTERDAY, businessDate: "2026-02-07" };
    const over: IncidentChange = {
      kind: "recovered",
      incidents: [incident],
      at: "2026-02-06T22:40:00.000Z",
      completion,
    };
    const { subject, text } = compose(over);

    expect(subject).toMatch(/^\[Baton prod\] RECOVERED [\x20-\x7e]+$/);
    expect(subject.length).toBeLessThanOrEqual(100);
    expect(subject).not.toContain("...");
    for (const alarm of incident.alarms) {
      expect(subject).not.toContain(alarmCatalogue[alarm.kind as AlarmKindName].alarmText);
    }
    expect(text).toMatch(/^Recovered after 36 min: /);
    for (const label of ["incident", "recovered", "look", "console"])
      expect(text).toMatch(new RegExp(`^${label} +\\S`, "m"));
  });

  it("of several incidents names each layer once", () => {
    const completion = { ...YESTERDAY, businessDate: "2026-02-07" };
    const incidents = [failureIncident(), failureIncident()];

    const { subject } = compose({ kind: "recovered", incidents, at: "2026-02-06T22:40:00.000Z", completion });

    expect(subject).toBe("[Baton prod] RECOVERED gold of 2026-02-07 is live; failed before: silver");
  });

  it("has a subject that SNS accepts, with any names", () => {
    const { subject } = compose({
      kind: "opened",
      incident: failureIncident({ code: "Ü".repeat(30), subjects: ["契約".repeat(50), "b".repeat(90)] }),
    });

    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  });

  it("names the message of each failed test, and the command to accept it", () => {
    const message = "rooms has 84 rows, 30 % fewer than expected";
    const tests = [{ name: "usual_row_count_rooms", model: "rooms", failures: 36, message }];
    const { text } = compose({ kind: "opened", incident: failureIncident({ layer: "staging", tests }) });

    expect(text).toContain(`test            usual_row_count_rooms on rooms: ${message}`);
    expect(text).toContain("./baton --stage prod quality 2026-02-07-0badcafe");
    expect(text).toContain('./baton --stage prod quality accept 2026-02-07-0badcafe --reason "WHY"');
  });

  it("names the console page, with and without a configured address", () => {
    const opened: IncidentChange = { kind: "opened", incident: failureIncident() };

    expect(compose(opened).text).toContain(
      "console         ./baton --stage prod report --open, or s3://baton-prod/console/index.html",
    );
    expect(compose(opened, { consoleUrl: "https://console.example/" }).text).toContain(
      "console         https://console.example/\n",
    );
    expect(compose(opened, { stage: "local" }).text).toContain("console         ./baton report --open, or");
  });
});
