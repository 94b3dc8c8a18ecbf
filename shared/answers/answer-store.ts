import { PutObjectCommand } from "@aws-sdk/client-s3";
import { logger } from "../observability/observability.ts";
import { readAnswer, type Answer, type AnswerPlace } from "./answer.ts";

/** An answer without its progress, which the store adds. */
export type WithoutProgress<T> = T extends unknown ? Omit<T, "progress" | "partial"> : never;

/** Progress is written at most so often. */
const WRITE_MS = 2_000;

/** The answer to one request in the bucket, which the requester reads. */
export class AnswerStore<Outcome> {
  /** Results that a later delivery of the message does not compute again. */
  partial: unknown;
  readonly #place: AnswerPlace;
  #progress: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(place: AnswerPlace) {
    this.#place = place;
  }

  /** The answer that an earlier delivery of the message has written; progress and partial results continue. */
  async read(): Promise<Answer<Outcome> | undefined> {
    const answer = await readAnswer<Outcome>(this.#place);
    this.#progress = answer?.progress ?? [];
    if (answer !== undefined && "partial" in answer) this.partial = answer.partial;
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
      .then(() => this.#put({ state: "running" }))
      .catch((error: unknown) => logger.warn("progress not written", { error: String(error) }))
      .finally(() => (this.#writing = undefined));
  }

  /** Writes the state: `waiting` until it is tried again, `running`, or the end. */
  async write(answer: WithoutProgress<Answer<Outcome>>): Promise<void> {
    await this.#writing;
    await this.#put(answer);
  }

  async #put(answer: WithoutProgress<Answer<Outcome>>): Promise<void> {
    const { bucket, key } = this.#place;
    const { partial } = this;
    const isEnd = answer.state === "ended" || answer.state === "unfinished";
    const whole = { ...answer, progress: this.#progress, ...(!isEnd && partial !== undefined && { partial }) };
    await this.#place.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: JSON.stringify(whole),
        ContentType: "application/json",
      }),
    );
  }
}
