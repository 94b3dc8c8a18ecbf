import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { headObject } from "../../shared/aws/head-object.ts";
import { functionEnvironmentSchema } from "../../shared/config/function-config.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { hashProject } from "../../shared/dbt/hash-project.ts";
import { runDbt } from "../../shared/dbt/run-dbt.ts";
import { logger } from "../../shared/observability/observability.ts";
import { DBT_DOCS_KEY } from "../../shared/console/console-keys.ts";
import { dayOf } from "../../shared/time/business-day.ts";

/** Environment variables of the docs function. */
export const docsEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_DBT_PYTHON: z.string().default("python3"),
  BATON_DBT_PROJECT: z.string().default("dbt"),
});

interface DocsPorts {
  environment: z.infer<typeof docsEnvironmentSchema>;
  s3: S3Client;
  warehouse: WarehouseConfig;
  remainingMs: number;
}

/** Time to stop dbt and to log, before Lambda ends the function. */
const RESERVE_MS = 15_000;
const HASH = "project-hash";

/**
 * Writes the dbt docs to the bucket as one page, if the project has changed since the last page. Tables are created
 * from the project's YAML, so the same project has the same documentation.
 */
export async function writeDocs({ environment, s3, warehouse, remainingMs }: DocsPorts): Promise<void> {
  const object = { Bucket: environment.BATON_BUCKET, Key: DBT_DOCS_KEY };
  const project = await hashProject(environment.BATON_DBT_PROJECT);
  if ((await headObject(s3, object))?.Metadata?.[HASH] === project) {
    logger.info("the documentation is up to date");
    return;
  }
  const workFolder = await mkdtemp(join(tmpdir(), "baton-docs-"));
  try {
    await runDbt(
      { python: environment.BATON_DBT_PYTHON, project: environment.BATON_DBT_PROJECT, threads: 2 },
      {
        args: ["docs", "generate", "--static"],
        // without `build_layer`, dbt documents the live schemas
        vars: { business_date: dayOf(new Date()), run_id: "docs", schema_prefix: warehouse.schemaPrefix },
        warehouse,
        workFolder,
        signal: AbortSignal.timeout(Math.max(0, remainingMs - RESERVE_MS)),
        onLog: (line) => logger.debug("dbt", { event: line.name, text: line.message }),
      },
    );
    const page = await readFile(join(workFolder, "target/static_index.html"));
    await s3.send(
      new PutObjectCommand({
        ...object,
        Body: page,
        ContentType: "text/html; charset=utf-8",
        CacheControl: "no-cache",
        Metadata: { [HASH]: project },
      }),
    );
    logger.info("documentation written", { bytes: page.length });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}
