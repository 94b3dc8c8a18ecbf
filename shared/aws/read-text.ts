import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { unlessMissing } from "./unless-missing.ts";

/** Reads an object as text; undefined when it does not exist. @param missing see `unlessMissing` */
export async function readText(
  s3: S3Client,
  object: { Bucket: string; Key: string },
  missing?: "not found" | "forbidden",
): Promise<string | undefined> {
  const found = await unlessMissing(s3.send(new GetObjectCommand(object)), missing);
  return found && ((await found.Body?.transformToString()) ?? "");
}
