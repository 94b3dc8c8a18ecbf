import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { readText } from "../../shared/aws/read-text.ts";
import { logger } from "../../shared/observability/observability.ts";
import { renderMarkdown } from "../../shared/review/render-markdown.ts";
import { parseAnswer, type ReviewAnswer } from "../../shared/review/review-answer.ts";
import { reviewKeys } from "../../shared/review/review-keys.ts";
import { reviewOf, type ReviewOutcome } from "../../shared/review/review.ts";

export type WithoutProgress<T> = T extends unknown ? Omit<T, "progress"> : never;

/** Progress is written at most so often. */
const WRITE_MS = 2_000;

/** The answer to one request in the bucket, which the requester reads. */
export class AnswerStore {
  readonly #keys: ReturnType<typeof reviewKeys>;
  readonly #s3: S3Client;
  readonly #bucket: string;
  #progress: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(s3: S3Client, bucket: string, id: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#keys = reviewKeys(id);
  }

  /** The answer that an earlier delivery of the message has written; its progress continues. */
  async read(): Promise<ReviewAnswer | undefined> {
    const text = await readText(this.#s3, { Bucket: this.#bucket, Key: this.#keys.answer });
    if (text === undefined) return undefined;
    const answer = parseAnswer(text);
    this.#progress = answer.progress;
    return answer;
  }

  /** Adds a line of progress, which the next write shows. */
  add(line: string): void {
    this.#progress.push(line);
  }

  /** Adds a line of progress, and writes it within some seconds. */
  report(line: string): void {
    this.add(line);
    this.#writing ??= new Promise<void>((resolve) => setTimeout(resolve, WRITE_MS))
      .then(() => this.#put({ state: "running", progress: this.#progress }))
      .catch((error: unknown) => logger.warn("progress not written", { error: String(error) }))
      .finally(() => (this.#writing = undefined));
  }

  /** Writes the state: `waiting` until it is tried again, `running`, or the end. */
  async write(answer: WithoutProgress<ReviewAnswer>): Promise<void> {
    await this.#writing;
    await this.#put({ ...answer, progress: this.#progress });
  }

  /** Writes the report for programs and the one for people. */
  async writeReport(outcome: ReviewOutcome): Promise<void> {
    const { json, markdown } = this.#keys;
    await this.#putObject(json, JSON.stringify(reviewOf(outcome)), "application/json");
    await this.#putObject(markdown, renderMarkdown(outcome), "text/markdown; charset=utf-8");
  }

  async #put(answer: ReviewAnswer): Promise<void> {
    await this.#putObject(this.#keys.answer, JSON.stringify(answer), "application/json");
  }

  async #putObject(Key: string, Body: string, ContentType: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body, ContentType }));
  }
}
