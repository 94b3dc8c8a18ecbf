import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { unlessMissing } from "../../shared/aws/unless-missing.ts";
import { DBT_DOCS_KEY } from "../../shared/console/console-keys.ts";

/**
 * Saves dbt's documentation beside a page, as `<page>-dbt-docs.html`. The page is useful without it, so an error is
 * only reported on stderr.
 *
 * @returns its address relative to the page; undefined when it could not be saved
 */
export async function saveDbtDocs(
  { s3, bucket }: { s3: S3Client; bucket: string },
  page: string,
): Promise<string | undefined> {
  try {
    const docs = await unlessMissing(s3.send(new GetObjectCommand({ Bucket: bucket, Key: DBT_DOCS_KEY })));
    if (docs?.Body === undefined) return undefined;
    const file = `${page.replace(/\.html?$/, "")}-dbt-docs.html`;
    await writeFile(file, await docs.Body.transformToByteArray());
    return encodeURIComponent(basename(file));
  } catch (error) {
    process.stderr.write(`dbt's documentation could not be saved: ${String(error)}\n`);
    return undefined;
  }
}
