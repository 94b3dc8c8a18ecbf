import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { readText } from "../aws/read-text.ts";
import { SUMMARY_KEY } from "./summary-key.ts";

const instant = z.iso.datetime().transform((text) => new Date(text));

/**
 * What the ledger said when pulse last read it. Pulse and sweep read this object first, and connect to the warehouse only
 * if something may have changed: an Aurora Serverless cluster pauses only while it has no connections.
 */
const ledgerSummarySchema = z.object({
  measuredAt: instant,
  /** Hash of the code that wrote the summary: another version reads the ledger again. */
  code: z.string(),
  /** True while a run has not ended, an event is unpublished or a publication is open. */
  isActive: z.boolean(),
  /** Newest business date with a completed run. */
  completedDate: z.string().nullable(),
  /** When the ledger was created: no run is expected before. */
  expectedSince: instant.nullable(),
  /** When the dump of each layer's live tables was taken. */
  dumpTimes: z.record(z.string(), instant),
  /** Messages in each DLQ. */
  dlqDepths: z.record(z.string(), z.number()),
});
export type LedgerSummary = z.infer<typeof ledgerSummarySchema>;

interface Store {
  s3: S3Client;
  bucket: string;
}

/** Reads the summary. @returns undefined when there is none, or one that this version does not understand */
export async function readSummary({ s3, bucket }: Store): Promise<LedgerSummary | undefined> {
  const text = await readText(s3, { Bucket: bucket, Key: SUMMARY_KEY });
  if (text === undefined) return undefined;
  try {
    return ledgerSummarySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Replaces the summary. */
export async function writeSummary({ s3, bucket }: Store, summary: LedgerSummary): Promise<void> {
  const object = { Bucket: bucket, Key: SUMMARY_KEY, ContentType: "application/json" };
  await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(summary) }));
}

const WAITING = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** Counts the messages of a queue, including hidden and delayed ones. */
export async function queueDepth(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...WAITING] }));
  return WAITING.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
}

/** True if a layer has a message, which is so for as long as a run is active. */
export async function hasLayerMessages(sqs: SQSClient, urls: readonly string[]): Promise<boolean> {
  const depths = await Promise.all(urls.map((url) => queueDepth(sqs, url)));
  return depths.some((depth) => depth > 0);
}
