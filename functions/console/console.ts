import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { RowDataPacket } from "mysql2/promise";
import { z } from "zod";
import { headObject } from "../../shared/aws/head-object.ts";
import { functionEnvironmentSchema, jsonText } from "../../shared/config/function-config.ts";
import { ledgerSchemaOf } from "../../shared/config/schemas-of.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { TransientError } from "../../shared/errors/errors.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { logger } from "../../shared/observability/observability.ts";
import { CONSOLE_KEY, DBT_DOCS_KEY, runPageKey } from "../../shared/console/console-keys.ts";
import { readReport } from "../../shared/console/data/read-report.ts";
import { renderPage, type PageAssets } from "../../shared/console/render-page.ts";

const sizesSchema = z.array(z.object({ name: z.string(), memoryMb: z.number(), storageMb: z.number() }));

/** Environment variables of the console function. */
export const consoleEnvironmentSchema = functionEnvironmentSchema.extend({
  /** JSON array of the layers with the memory and storage of their functions. */
  BATON_LAYER_SIZES: jsonText.pipe(sizesSchema),
  /** Time in the source's time zone by which the day's run must be complete; empty when no daily run is expected. */
  BATON_RUN_DEADLINE: z.string().default(""),
});

interface ConsolePorts {
  environment: z.infer<typeof consoleEnvironmentSchema>;
  s3: S3Client;
  warehouse: WarehouseConfig;
  pageAssets: PageAssets;
}

const LOCK_SECONDS = 30;
/** Browsers must not cache the page: it changes with every run. */
const HEADERS = { ContentType: "text/html; charset=utf-8", CacheControl: "no-cache" };

/**
 * Writes the console page to the bucket: the newest, and a copy for the newest run. A lock covers reading the ledger
 * and writing the page, so that an older page never replaces a newer one.
 *
 * @throws TransientError CONSOLE_BUSY when another call writes for longer than 30 seconds
 */
export async function writeConsole({ environment, s3, warehouse, pageAssets }: ConsolePorts): Promise<void> {
  const ledger = await openLedger(warehouse, expectedTarget(environment));
  const connection = await ledger.pool.getConnection();
  try {
    const lock = `baton:${ledgerSchemaOf(warehouse.schemaPrefix)}:console`;
    const [[row]] = await connection.query<(RowDataPacket & { locked: number | null })[]>(
      "SELECT GET_LOCK(?, ?) AS locked",
      [lock, LOCK_SECONDS],
    );
    if (row?.locked !== 1) {
      throw new TransientError(
        "CONSOLE_BUSY",
        `another call has been writing the page for more than ${LOCK_SECONDS} s`,
        {
          kind: "database",
          advice: "Baton retries. A run never waits for its page.",
        },
      );
    }
    const report = await readReport(ledger.pool, {
      stage: environment.BATON_STAGE,
      layers: environment.BATON_LAYER_SIZES,
      runId: undefined,
      now: new Date(),
      deadline: environment.BATON_RUN_DEADLINE,
    });
    const docs = await headObject(s3, { Bucket: environment.BATON_BUCKET, Key: DBT_DOCS_KEY });
    const put = (Key: string, dbtDocs: string): Promise<unknown> => {
      const Body = renderPage(report, pageAssets, { dbtDocs: docs === undefined ? undefined : dbtDocs });
      return s3.send(new PutObjectCommand({ Bucket: environment.BATON_BUCKET, Key, Body, ...HEADERS }));
    };
    if (report.run !== null) await put(runPageKey(report.run.id), "../dbt-docs.html");
    await put(CONSOLE_KEY, "dbt-docs.html");
    logger.info("console page written", { state: report.today.state, newestRunId: report.run?.id });
  } finally {
    // also releases the lock
    connection.destroy();
    await ledger.pool.end();
  }
}
