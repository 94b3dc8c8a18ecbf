import { randomUUID } from "node:crypto";
import { PurgeQueueCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { runIdSchema } from "../../../events/ids.ts";
import { bodyOf, DAY, exampleEvent } from "../ledger/event-builders.ts";
import type { RightsStage } from "./rights-stage.ts";
import { require, type Say, type Work } from "./work.ts";

const answerSchema = z.object({ messages: z.array(z.object({ messageId: z.string() })) });

/** The work of the replay function on the DLQ messages of one queue. */
export function replayWork(name: string): Work {
  const ask = async (stage: RightsStage, request: object, say: Say): Promise<string[]> => {
    const { payload, isError } = await stage.invoke("replay", { layer: name, ...request }, say);
    require(!isError, `replay failed: ${payload}`);
    return answerSchema.parse(JSON.parse(payload)).messages.map(({ messageId }) => messageId);
  };
  return {
    does: `lists, sends back and deletes DLQ messages of ${name}`,
    async run(stage, say) {
      const url = stage.queueUrl(`${name}-dlq`);
      // an interrupted replay has hidden the messages that it found
      await stage.stage.access.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
      const put = async (): Promise<string> => {
        const runId = runIdSchema.parse(`${DAY}-${randomUUID().slice(0, 8)}`);
        const MessageBody = bodyOf(exampleEvent("LayerCompleted", {}, runId));
        return (
          (await stage.stage.access.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }))).MessageId ?? ""
        );
      };
      const dlqMessage = await put();
      const before = await stage.depth(name);
      require((await ask(stage, { action: "list" }, say)).includes(dlqMessage), "the message was not listed");
      const sent = await ask(stage, { action: "replay", messageId: dlqMessage, limit: 1, force: true }, say);
      require(sent.includes(dlqMessage) && (await stage.depth(name)) === before + 1, "the message was not sent back");
      require((await stage.depth(`${name}-dlq`)) === 0, "the message that was sent back is still in the DLQ");
      const second = await put();
      const purged = await ask(stage, { action: "purge", messageId: second, limit: 1 }, say);
      require(purged.includes(second) && (await stage.depth(`${name}-dlq`)) === 0, "the message was not deleted");
    },
  };
}

/** Its queries of the warehouse. */
export const ledgerWork: Work = {
  does: "reads the ledger for DLQ messages",
  async run(stage, say) {
    const { payload } = await stage.invoke("replay", { action: "list", layer: "console" }, say);
    require(/"ledger": ?"joined"/.test(payload), "replay could not read the ledger");
  },
};
