import { stripVTControlCharacters } from "node:util";
import { renderPlan } from "../../../cli/commands/backfill.ts";
import { renderList, renderRestored } from "../../../cli/commands/backups.ts";
import { renderAdoption, renderTarget } from "../../../cli/commands/target.ts";
import { renderMessages } from "../../../cli/output/print-dlq-messages.ts";
import { renderAcceptances, renderQuality, renderTest } from "../../../cli/output/print-quality.ts";
import { renderRuns, renderStatus } from "../../../cli/output/print-status.ts";
import { table } from "../../../cli/output/table.ts";
import { textWidth } from "../../../cli/output/terminal-rows.ts";
import { businessDateSchema, runIdSchema } from "../../../events/ids.ts";
import type { TestResult } from "../../../shared/ledger/reads/read-quality.ts";

const COLUMNS = 80;
const RUN = runIdSchema.parse("2026-02-07-1a2b3c4d-r12");
const DAY = businessDateSchema.parse("2026-02-07");
const TEST = "relationships_int_contracts_apartment_id__id__ref_stg_apartments_";
const BACKUP = "daily_activity_summary__20260207_070512_1a2b3c4d";
const AT = "2026-02-06T22:04:05.678Z";
const SERVER = "aurora_cluster=baton-prod.cluster-abcdefghijkl.ap-northeast-1.rds.amazonaws.com";
const REASON = "The property was renumbered on purpose, as the owner confirmed by mail on 6 February.";

const run = {
  ...({ id: RUN, state: "failed", businessDate: DAY, startedAt: AT, durationMs: 5_123_456, position: null } as const),
  missingIn: [],
  rebuildFrom: null,
};
const result: TestResult = {
  ...{
    layer: "silver",
    attempt: 3,
    id: `test.baton.${TEST}.1`,
    test: TEST,
    model: "int_contracts",
    column: "apartment_id",
  },
  ...{ severity: "error", status: "fail", failures: 123_456, message: null },
};
const backup = {
  ...{ layer: "silver", table: "tenant_status_history", schema: "silver_backup", backupTable: BACKUP, runId: RUN },
  ...{ setRunId: RUN, setId: "1", viewSelect: undefined, takenAt: new Date(AT) },
};
const server = {
  fingerprint: "f".repeat(32),
  serverIdentity: SERVER,
  members: [SERVER],
  realm: null,
  deployment: null,
};

/** What each command prints, with long values. */
const printed: Record<string, () => string> = {
  status: () =>
    renderStatus({
      supersededBy: null,
      run,
      layers: [
        {
          ...{
            name: "staging",
            state: "completed",
            attempts: 3,
            durationMs: 5_123_456,
            rows: 123_456_789,
            startedAt: AT,
          },
          ...{ nextAttemptAt: null, steps: [], error: null, hasDlqMessage: false },
        },
      ],
    }).split("\n\n")[1] ?? "",
  runs: () => {
    const layers = [
      { name: "silver", state: "failed", attempts: 4, nextAttemptAt: null, code: "QUALITY_TESTS_FAILED" } as const,
    ];
    return renderRuns([{ ...run, layers }], "local")
      .split("\n")
      .slice(0, 3)
      .join("\n");
  },
  "dlq list": () =>
    renderMessages({
      messages: [
        {
          ...{
            messageId: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
            layer: "silver",
            runId: RUN,
            detailType: "LayerCompleted",
          },
          ...{
            kind: "data",
            code: "ER_BAD_FIELD_ERROR",
            pattern: "credentials-invalid",
            attempt: 4,
            failedAt: AT,
            sentAt: AT,
          },
          message: "Unknown column 'contract_start_date_of_the_previous_tenant' in 'field list' of model int_contracts",
        },
      ],
      ...{ skipped: [], examined: 1, hiddenElsewhere: 0, isComplete: true, ledger: "joined" },
    }),
  "backups list": () => renderList([backup]),
  "backups restore": () =>
    renderRestored(
      [
        {
          ...{
            from: `silver_backup.${BACKUP}`,
            to: "silver.tenant_status_history",
            keptAs: `silver_backup.${BACKUP}x`,
          },
          ...{ businessDate: DAY, replacedAt: AT },
        },
      ],
      { dryRun: true },
    ),
  quality: () => renderQuality(RUN, [{ ...result, status: "pass" }], [], { stage: "local", layers: ["silver"] }),
  "quality --test": () =>
    renderTest(
      RUN,
      [],
      [
        {
          layer: "silver",
          testId: "1",
          rows: [Object.fromEntries("abcdefg".split("").map((name) => [`${name}_id`, "x".repeat(40)]))],
        },
      ],
      [{ ...result, results: [{ runId: RUN, businessDate: DAY, status: "fail", failures: 123_456 }] }],
    ),
  "quality accepted": () =>
    renderAcceptances(
      RUN,
      [
        {
          runId: RUN,
          layer: "silver",
          testId: "1",
          test: TEST,
          message: null,
          acceptedBy: "hanako.suzuki@build-server-17",
          reason: REASON,
          acceptedAt: new Date(AT),
        },
      ],
      "local",
    ),
  "target show": () =>
    renderTarget({
      ...{
        agrees: true,
        endpoint: SERVER,
        schema: "pipeline",
        server: SERVER,
        members: [SERVER, SERVER],
        isReadOnly: true,
      },
      ...{
        identity: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        fingerprint: "f".repeat(32),
        deployment: "123456789012/ap-northeast-1/prod",
      },
      ...{ adoptedAt: AT, adoptedBy: "hanako@build-server-17", problems: [] },
      expected: { deployment: "123456789012/ap-northeast-1/prod", fingerprint: "e".repeat(32) },
    }),
  "target adopt": () =>
    renderAdoption("prod", { previous: server, present: server, unfinishedRuns: [] }, true).split("\n\n")[0] ?? "",
  backfill: () =>
    renderPlan(
      [
        {
          dump: {
            kind: "manifest",
            manifestKey: "m",
            sha256: "0",
            name: `s3://baton-prod-123456789012/processed/gghouse_20260207.sql.gz`,
            businessDate: DAY,
            bytes: 1e9,
          },
          runId: RUN,
        },
      ],
      1,
    ),
};

describe("a table on a terminal of 80 columns", () => {
  const { columns } = process.stdout;
  const setColumns = (value: number | undefined): void =>
    void Object.defineProperty(process.stdout, "columns", { value, configurable: true, writable: true });
  beforeEach(() => setColumns(COLUMNS));
  afterEach(() => setColumns(columns));

  it.each(Object.keys(printed))("fits: %s", (name) => {
    const print = printed[name] ?? String;

    const lines = stripVTControlCharacters(print()).split("\n");
    setColumns(undefined);
    const words = stripVTControlCharacters(print()).split(/\s+/);

    // a word that is wider than the terminal stands alone in its line
    expect(lines.filter((line) => textWidth(line) > COLUMNS && line.trim().includes(" "))).toEqual([]);
    const shown = new Set(lines.join("\n").split(/\s+/));
    expect(words.filter((word) => !shown.has(word) && !shown.has(`${word}:`))).toEqual([]);
  });

  it("says which business date a backup holds, and when it was replaced, in Tokyo's time", () => {
    for (const name of ["backups list", "backups restore"]) {
      expect(stripVTControlCharacters((printed[name] ?? String)())).toMatch(/ 2026-02-07 +2026-02-07 07:04:05/);
    }
  });

  it("has below each row what does not fit, with its heading", () => {
    const rows = [
      ["silver", RUN, "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "no column\nroom_no"],
      ["gold", "", "", ""],
    ];

    const text = table(["layer", "run", "message id", ""], rows, { columns: 40 });

    expect(stripVTControlCharacters(text)).toBe(
      [
        "layer   run",
        `silver  ${RUN}`,
        "  message id:",
        "    1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        "  no column room_no",
        "gold",
      ].join("\n"),
    );
  });

  it("aligns wide characters, colours and numbers", () => {
    const text = table(
      ["name", "rows"],
      [
        ["東京", "1,234"],
        ["\u001b[31mab\u001b[39m", "5"],
      ],
      { alignRight: [1] },
    );

    expect(stripVTControlCharacters(text).split("\n")).toEqual(["name   rows", "東京  1,234", "ab        5"]);
  });
});
