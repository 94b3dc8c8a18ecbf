import { GetObjectCommand, S3ServiceException, type S3Client } from "@aws-sdk/client-s3";

/**
 * Reads an object as text.
 *
 * @param missing how S3 answers when the object does not exist: also "forbidden" to a role that may not list the bucket
 * @returns undefined when it does not exist
 */
export async function readText(
  s3: S3Client,
  object: { Bucket: string; Key: string },
  missing: "not found" | "forbidden" = "not found",
): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand(object));
    return (await Body?.transformToString()) ?? "";
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404 || (status === 403 && missing === "forbidden")) return undefined;
    throw error;
  }
}
