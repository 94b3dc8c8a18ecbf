import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { logger } from "../observability/observability.ts";
import { unlessMissing } from "./unless-missing.ts";

/**
 * Reads the metadata of an object.
 *
 * @param missing how S3 answers when the object does not exist: "forbidden" to a role that may not list the bucket, so a
 *   refusal is then only logged
 * @returns undefined when it does not exist
 */
export async function headObject(
  s3: S3Client,
  object: { Bucket: string; Key: string },
  missing: "not found" | "forbidden" = "forbidden",
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await unlessMissing(s3.send(new HeadObjectCommand(object)));
  } catch (error) {
    const isForbidden = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
    if (!isForbidden || missing === "not found") throw error;
    logger.warn("an object does not exist, or may not be read", { error: String(error) });
    return undefined;
  }
}
