import { stripVTControlCharacters } from "node:util";
import { renderMessages, renderNotes, renderFullMessages } from "../../../cli/output/print-dlq-messages.ts";
import { renderAccepted, renderQuality } from "../../../cli/output/print-quality.ts";
import { renderStatus } from "../../../cli/output/print-status.ts";
import type { ReplayAnswer } from "../../../shared/dead-letters/replay-api.ts";
import type { TestResult } from "../../../shared/ledger/reads/read-quality.ts";

const RUN = "2026-02-07-1a2b3c4d";
const answer: ReplayAnswer = {
  messages: [
    {
      ...{ messageId: "m1", layer: "silver", runId: RUN, detailType: "LayerCompleted", kind: "data", attempt: 4 },
      ...{ code: "ER_BAD_FIELD_ERROR", pattern: "unknown-column", message: "Unknown column 'room_no'" },
      advice: "Repair the model, then: ./baton dlq replay silver",
      ...{ failedAt: "2026-02-06T22:04:05.678Z", sentAt: "2026-02-06T22:04:06.000Z" },
    },
  ],
  skipped: [
    { ...{ messageId: "m2", layer: "silver", runId: RUN, reason: "superseded" }, detail: "./baton dlq purge --yes" },
  ],
  ...{ examined: 1, hiddenElsewhere: 1, isComplete: true, ledger: "unreachable" },
};
const result: TestResult = {
  ...{
    layer: "silver",
    attempt: 1,
    id: "test.baton.unique_id.1",
    test: "unique_id",
    model: "stg_rooms",
    column: "id",
    severity: "error",
  },
  ...{ status: "fail", failures: 1, message: null },
};
const plain = (text: string): string => stripVTControlCharacters(text);

describe("texts for operators", () => {
  it("shows the times of DLQ messages in JST, as the status of their run does", () => {
    const status = renderStatus({
      run: {
        id: RUN,
        state: "failed",
        businessDate: "2026-02-07",
        startedAt: "2026-02-06T22:00:00.000Z",
        durationMs: 1,
        position: null,
        missingIn: [],
        rebuildFrom: null,
      },
      supersededBy: null,
      layers: [],
    });

    expect(plain(status)).toContain("started 2026-02-07 07:00:00 JST");
    expect(plain(renderMessages(answer)).split("\n")).toEqual([
      expect.stringMatching(/^layer +run +pattern +attempt +failed at \(JST\) +message ID +error$/),
      expect.stringMatching(/ unknown-column +4 +2026-02-07 07:04:05 +m1 +Unknown column 'room_no'$/),
    ]);
    expect(plain(renderFullMessages(answer, "local"))).toMatch(/failed at +2026-02-07 07:04:05 JST\n/);
    expect(plain(renderFullMessages(answer, "local"))).toMatch(/in the queue since +2026-02-07 07:04:06 JST\n/);
  });

  it("shows layers in the order of the layer table, and the whole message of a test that could not run", () => {
    const broken = { ...result, status: "error" as const, message: "Database Error\nnear 'x'" };
    const results = [{ ...broken, layer: "gold" }, broken];

    const lines = plain(renderQuality(RUN, results, [], { stage: "local", layers: ["silver", "gold"] })).split("\n");

    const layers = lines.map((line) => /^ *(silver|gold) /.exec(line)?.[1]).filter((layer) => layer !== undefined);
    // first the counts, then the findings
    expect(layers).toEqual(["silver", "gold", "silver", "gold"]);
    expect(lines).toEqual(expect.arrayContaining(["    Database Error", "    near 'x'"]));
  });

  it("has commands with the --stage of its environment", () => {
    const texts = [
      renderFullMessages(answer, "prod"),
      ...renderNotes(answer, "prod"),
      renderQuality(RUN, [result], [{ layer: "silver", testId: result.id, rows: [] }], { stage: "prod", layers: [] }),
      renderAccepted(RUN, [result], { acceptedBy: "hanako", isDryRun: false, stage: "prod" }),
    ].map(plain);

    for (const command of [
      "dlq replay silver",
      "doctor",
      "quality --test unique_id",
      `quality accept ${RUN} --reason "WHY"`,
      `dlq replay silver --run ${RUN}`,
    ]) {
      expect(texts.join("\n")).toContain(`./baton --stage prod ${command}`);
    }
    expect(texts.join("\n")).not.toMatch(/\.\/baton (?!--stage prod )/);
  });
});
