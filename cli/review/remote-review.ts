import { randomUUID } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { reviewKeys } from "../../shared/review/review-keys.ts";
import type { ReviewOutcome } from "../../shared/review/review.ts";
import { requestAnswer, s3Of } from "../remote/request-answer.ts";
import type { BusAccess } from "../stage/open-bus.ts";
import { packProject } from "./pack-project.ts";

/**
 * Lets the function `review` of an environment review the checkout, and shows its progress on stderr.
 *
 * @throws UsageError when the base does not exist, and the errors of `requestAnswer`
 */
export async function remoteReview(
  access: BusAccess,
  { base, select }: { base: string; select?: string | undefined },
): Promise<ReviewOutcome> {
  const id = randomUUID();
  const { project: key, answer, markdown } = reviewKeys(id);
  const { zip, sha256 } = await packProject(base);
  const s3 = s3Of(access);
  await s3.send(new PutObjectCommand({ Bucket: access.bucket, Key: key, Body: zip })).finally(() => s3.destroy());
  return requestAnswer<"ReviewRequested", ReviewOutcome>(access, {
    type: "ReviewRequested",
    ...{ id, name: "review", key: answer },
    data: { base, project: { key, sha256, bytes: zip.length }, ...(select !== undefined && { select }) },
    onInterrupt: `the review continues; its report will be s3://${access.bucket}/${markdown}`,
  });
}
