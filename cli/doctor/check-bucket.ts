import { GetBucketVersioningCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { unlessMissing } from "../../shared/aws/unless-missing.ts";
import { CONSOLE_KEY } from "../../shared/console/console-keys.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** Checks that the bucket is reachable, that versioning is on, and that the bucket has the console page. */
export async function checkBucket({ s3, bucket, stage }: DoctorPorts): Promise<Check[]> {
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }));
  return [
    Status === "Enabled"
      ? ok("bucket", `${bucket}, versioned`)
      : failed("bucket", `versioning of ${bucket} is off: an overwritten dump would be lost`, `aws s3api put-bucket-versioning --bucket ${bucket} --versioning-configuration Status=Enabled`),
    await checkPage({ s3, bucket, stage }),
  ]; // prettier-ignore
}

async function checkPage({ s3, bucket, stage }: Pick<DoctorPorts, "s3" | "bucket" | "stage">): Promise<Check> {
  const page = await unlessMissing(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: CONSOLE_KEY })));
  if (page !== undefined) {
    return ok("console page", `written ${page.LastModified?.toISOString() ?? "at an unknown time"}`);
  }
  return warning(
    "console page",
    `s3://${bucket}/${CONSOLE_KEY} does not exist`,
    `The first run writes it. If it is missing after a run, read the log of baton-${stage}-console. To write a page now: ./baton report --open`,
  );
}
