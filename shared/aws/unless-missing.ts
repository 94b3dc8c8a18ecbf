import { S3ServiceException } from "@aws-sdk/client-s3";

/**
 * Waits for a request for an object of S3. A missing bucket is an error, except for HeadObject, which cannot say it.
 *
 * @param missing how S3 answers when the object does not exist: also "forbidden" to a role that may not list the bucket
 * @returns undefined when the object does not exist
 */
export async function unlessMissing<T>(
  request: Promise<T>,
  missing: "not found" | "forbidden" = "not found",
): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    if (error.name === "NoSuchKey" || error.name === "NotFound") return undefined;
    if (missing === "forbidden" && error.$metadata.httpStatusCode === 403) return undefined;
    throw error;
  }
}
