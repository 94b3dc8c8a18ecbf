import { randomBytes } from "node:crypto";
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { testServices } from "../services.ts";

/** An event as the bus delivers it. */
export interface TappedEvent {
  source: string;
  "detail-type": string;
  detail: unknown;
}

/** Receives every event that matches a rule's pattern, from the moment it is opened. */
export class EventTap {
  readonly #bus: string;
  readonly #name = `tap-${randomBytes(5).toString("hex")}`;
  readonly #sqs = new SQSClient(clientOptions(testServices().emulator));
  readonly #eventBridge = new EventBridgeClient(clientOptions(testServices().emulator));
  #queueUrl = "";

  private constructor(bus: string) {
    this.#bus = bus;
  }

  /** Opens a tap on a bus. */
  static async open(bus: string, pattern: object): Promise<EventTap> {
    const tap = new EventTap(bus);
    const rule = { EventBusName: bus, Name: tap.#name };
    const { QueueUrl = "" } = await tap.#sqs.send(new CreateQueueCommand({ QueueName: tap.#name }));
    tap.#queueUrl = QueueUrl;
    const { Attributes } = await tap.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    await tap.#eventBridge.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }));
    const target = { Id: "tap", Arn: Attributes?.QueueArn };
    await tap.#eventBridge.send(new PutTargetsCommand({ EventBusName: bus, Rule: tap.#name, Targets: [target] }));
    return tap;
  }

  /**
   * Waits for the next event that matches, and skips the others.
   *
   * @throws Error with the events received instead, when none matches in time
   */
  async next<T extends TappedEvent>(
    what: string,
    fits: (event: TappedEvent) => event is T,
    timeoutMs?: number,
  ): Promise<T>;
  async next(what: string, fits: (event: TappedEvent) => boolean, timeoutMs?: number): Promise<TappedEvent>;
  async next(what: string, fits: (event: TappedEvent) => boolean, timeoutMs = 30_000): Promise<TappedEvent> {
    const deadline = Date.now() + timeoutMs;
    const others: string[] = [];
    while (Date.now() < deadline) {
      const event = await this.#receive(Math.min(5, Math.ceil((deadline - Date.now()) / 1000)));
      if (event === undefined) continue;
      if (fits(event)) return event;
      others.push(JSON.stringify(event).slice(0, 300));
    }
    throw new Error(`no ${what} within ${timeoutMs} ms; received instead: ${others.join("\n") || "nothing"}`);
  }

  async #receive(waitSeconds: number): Promise<TappedEvent | undefined> {
    const { Messages } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: waitSeconds }),
    );
    const message = Messages?.[0];
    if (message === undefined) return undefined;
    const receipt = { QueueUrl: this.#queueUrl, ReceiptHandle: message.ReceiptHandle };
    await this.#sqs.send(new DeleteMessageCommand(receipt));
    // the emulator delivers nothing but events in this form
    return JSON.parse(message.Body ?? "{}") as TappedEvent;
  }

  async close(): Promise<void> {
    const rule = { EventBusName: this.#bus, Rule: this.#name };
    await this.#eventBridge.send(new RemoveTargetsCommand({ ...rule, Ids: ["tap"] }));
    await this.#eventBridge.send(new DeleteRuleCommand({ EventBusName: this.#bus, Name: this.#name }));
    await this.#sqs.send(new DeleteQueueCommand({ QueueUrl: this.#queueUrl }));
    this.#sqs.destroy();
    this.#eventBridge.destroy();
  }
}
