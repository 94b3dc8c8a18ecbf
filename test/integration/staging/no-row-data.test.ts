import { createHash } from "node:crypto";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import type { RowDataPacket } from "mysql2/promise";
import { businessDateSchema, runIdOf } from "../../../events/ids.ts";
import { applySignal } from "../../../functions/notify/apply-signal.ts";
import { EMPTY_BOARD } from "../../../functions/notify/board.ts";
import { composeAlert } from "../../../functions/notify/compose-alert.ts";
import { signalOf } from "../../../functions/notify/read-signal.ts";
import { staging } from "../../../functions/staging/staging.ts";
import { buildManifest } from "../../../local/sample/manifest.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import { logger } from "../../../shared/observability/observability.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";
import { dbtFolder } from "../dbt/dbt-command.ts";

const policy = { name: "staging", isLast: false, retries: 0, retryIntervalSeconds: 1, backoff: 1 };
const sample = { sizeBytes: 1_000_000, seed: 5, date: "2026-02-05" };
const [NAME, MAIL, PHONE] = ["Yamada Hanako", "hanako.yamada@example.jp", "090-1234-5678"];
/** Matches any part of the personal data. */
const PERSONAL = /yamada|hanako|example\.jp|090-?1234|9012345678|-5678/i;

const TABLE = `
CREATE TABLE \`contacts\` (
  \`id\` int NOT NULL,
  \`full_name\` varchar(20) NOT NULL,
  \`mail\` varchar(64) DEFAULT NULL,
  \`phone\` varchar(64) DEFAULT NULL,
  \`birth\` date DEFAULT NULL,
  \`age\` int DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`phone\` (\`phone\`)
);
`;
const rows = (...all: string[]): string => `${TABLE}INSERT INTO \`contacts\` VALUES ${all.join(",")};\n`;

/** Defects of rows that hold personal data, with the resulting error. */
const faults: readonly (readonly [name: string, code: string, sql: string])[] = [
  ["a text in a number", "DUMP_DATA", rows(`(1,'a',NULL,NULL,NULL,'${NAME} ${PHONE}')`)],
  ["a text in a date", "DUMP_DATA", rows(`(1,'a',NULL,NULL,'${MAIL}',NULL)`)],
  ["a number that is too large", "DUMP_DATA", rows("(1,'a',NULL,NULL,NULL,9012345678)")],
  ["a text that is too long", "DUMP_DATA", rows(`(1,'${NAME} ${NAME} ${NAME}',NULL,NULL,NULL,NULL)`)],
  ["NULL where none may be", "DUMP_DATA", rows(`(1,NULL,'${MAIL}','${PHONE}',NULL,NULL)`)],
  ["a key twice", "DUMP_DUPLICATE_KEY", rows(`(1,'a',NULL,'${PHONE}',NULL,1)`, `(2,'b',NULL,'${PHONE}',NULL,2)`)],
  [
    "a key with quotes twice",
    "DUMP_DUPLICATE_KEY",
    rows(...[1, 2].map((id) => `(${id},'a',NULL,'O\\'x\\' for key \\'y\\' ${NAME}\\n${PHONE}',NULL,1)`)),
  ],
  ["a value too many", "DUMP_COLUMN_COUNT", rows(`(1,'a','${MAIL}','${PHONE}',NULL,1,'${NAME}')`)],
  ["a quote that is missing", "DUMP_SYNTAX", rows(`(1,'${NAME},'${MAIL}','${PHONE}',NULL,1)`)],
  ["a quote too many", "DUMP_SYNTAX", rows(`(1,'O'${NAME}','${MAIL}','${PHONE}',NULL,1)`)],
  ["a name without quotes", "DUMP_EXPRESSION", rows(`(1,Hanako,'${MAIL}','${PHONE}',NULL,1)`)],
  ["a mail address without quotes", "DUMP_EXPRESSION", rows(`(1,${MAIL},NULL,NULL,NULL,1)`)],
  ["a character set that is none", "DUMP_CHARSET", rows(`(1,_Hanako'${NAME}',NULL,NULL,NULL,1)`)],
  ["a name before a quote", "DUMP_EXPRESSION", rows(`(1,Hanako'${NAME}',NULL,NULL,NULL,1)`)],
  ["lines that are no SQL", "DUMP_STATEMENT_UNKNOWN", `${TABLE}${NAME},${MAIL},${PHONE};\n`],
  ["an INSERT into a table that is not there", "DUMP_NO_TABLE", `INSERT INTO \`nowhere\` VALUES (1,'${NAME}');\n`],
  [
    "an INSERT of no rows",
    "DUMP_STATEMENT_FORBIDDEN",
    `${TABLE}INSERT INTO \`contacts\` SET full_name='${NAME}',mail='${MAIL}';\n`,
  ],
  [
    "an UPDATE",
    "DUMP_STATEMENT_FORBIDDEN",
    `${TABLE}UPDATE \`contacts\` SET mail = '${MAIL}' WHERE full_name = "${NAME}";\n`,
  ],
  ["a call", "DUMP_STATEMENT_FORBIDDEN", `${TABLE}CALL welcome(Hanako, '${MAIL}');\n`],
];

/** Rows of the source fail in every way in the real layer: their content appears only in the dump. */
describe("personal data in rows that do not load", () => {
  const harness = new LayerHarness(policy, { BATON_QUALITY_RULES: dbtFolder });
  const { businessDate } = generateSample(sample);
  const day = businessDateSchema.parse(businessDate);
  let honest: string;

  beforeAll(async () => {
    await harness.start();
    honest = Buffer.concat([...dumpChunks(generateSample(sample))]).toString("latin1");
  });
  afterAll(() => harness.stop());

  /** Takes a dump with these statements through the layer. @returns its log, and the event that reports the failure */
  async function take(
    sql: string,
  ): Promise<{ log: string; events: string; alert: string; code: string; said: string }> {
    const end = honest.lastIndexOf("\n--");
    const body = Buffer.from(`${honest.slice(0, end)}\n${sql}\n${honest.slice(end)}`, "latin1");
    const sha256 = createHash("sha256").update(body).digest("hex");
    const facts = { businessDate: day, sha256, bytes: body.length, isGzip: false, seed: sample.seed, maxUpdatedAt: {} };
    const manifest = buildManifest(facts);
    const manifestKey = `dumps-manifest/gghouse_${manifest.dump_date}.json`;
    const Bucket = harness.environment.BATON_BUCKET;
    await harness.aws.s3.send(new PutObjectCommand({ Bucket, Key: manifest.dump_key, Body: body }));
    await harness.aws.s3.send(new PutObjectCommand({ Bucket, Key: manifestKey, Body: JSON.stringify(manifest) }));
    const request = { businessDate: day, manifestKey, allowStale: true };
    await harness.send(exampleEvent("PipelineRequested", request, runIdOf(day, sha256)));
    await harness.emitted();
    const lines: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, "write").mockImplementation((text) => lines.push(String(text)) > 0),
    );
    try {
      logger.setLogLevel("DEBUG");
      await harness.deliver(staging, { logger: logger });
    } finally {
      spies.forEach((spy) => spy.mockRestore());
    }
    const events = await harness.emitted();
    const failed = events.find((event) => event["detail-type"] === "LayerFailed");
    if (failed?.["detail-type"] !== "LayerFailed") throw new Error(`nothing failed: ${lines.join("\n")}`);
    const signal = signalOf(failed);
    const { board, changes } =
      signal === undefined ? { board: EMPTY_BOARD, changes: [] } : applySignal(EMPTY_BOARD, signal);
    const place = { stage: "prod", region: "r", endpoint: "", lastLayer: "gold", consoleUrl: "", bucket: "b" };
    return {
      log: lines.join("\n"),
      events: JSON.stringify(events),
      alert: changes.map((change) => JSON.stringify(composeAlert(change, board, place))).join("\n"),
      code: failed.detail.data.error.code,
      said: failed.detail.data.error.message,
    };
  }

  it.each(faults)("does not appear in logs for %s", async (_name, code, sql) => {
    const { log, events, alert, code: found, said } = await take(sql);

    expect(`${found}: ${said}`).toMatch(new RegExp(`^${code}.*: dump at byte \\d+`));
    expect(log).toContain('"message":"attempt failed"');
    expect(alert).toContain(code);
    for (const text of [log, events, alert]) expect(PERSONAL.exec(text)?.input).toBeUndefined();
  });

  it("does not appear in the ledger, in DLQ messages or in quarantine reasons", async () => {
    const schema = `${harness.warehouse.prefix}pipeline`;
    const [tables] = await harness.warehouse.pool.query<(RowDataPacket & { name: string })[]>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?",
      [schema],
    );
    const ledger: unknown[] = [];
    for (const { name } of tables)
      ledger.push(await harness.warehouse.pool.query(`SELECT * FROM \`${schema}\`.\`${name}\``));
    const messages = await harness.dlqMessages();
    const Bucket = harness.environment.BATON_BUCKET;
    const { Contents = [] } = await harness.aws.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "quarantine/" }));
    const reasons = await Promise.all(
      Contents.filter(({ Key = "" }) => Key.endsWith(".json")).map(async ({ Key }) => {
        const { Body } = await harness.aws.s3.send(new GetObjectCommand({ Bucket, Key }));
        return (await Body?.transformToString()) ?? "";
      }),
    );

    expect(messages).toHaveLength(faults.length);
    expect(reasons.length).toBeGreaterThan(0);
    for (const place of [ledger.map((result) => (result as unknown[])[0]), messages, reasons]) {
      expect(PERSONAL.exec(JSON.stringify(place))?.[0]).toBeUndefined();
    }
  });
});
