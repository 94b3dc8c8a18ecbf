import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { logger } from "../observability/observability.ts";

/**
 * Looks an object up.
 *
 * @returns undefined where there is none; a role without the right to list is told "forbidden" then, not "not found", so
 *   a refusal is only logged
 */
export async function headObject(
  s3: S3Client,
  object: { Bucket: string; Key: string },
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await s3.send(new HeadObjectCommand(object));
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404) return undefined;
    if (status !== 403) throw error;
    logger.warn("an object is not there, or may not be looked at", { error: String(error) });
    return undefined;
  }
}
