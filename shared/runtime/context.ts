import type { Logger } from "@aws-lambda-powertools/logger";
import type { DetailType, EventOf } from "../../events/schemas.ts";
import type { AwsClients } from "../aws/clients.ts";
import type { LayerEnvironment } from "../config/function-config.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import type { Claim, RunIdentity } from "../ledger/claims/claim.ts";
import type { LayerLock } from "../ledger/claims/layer-lock.ts";
import type { AttemptKey } from "../ledger/claims/settle.ts";
import type { OpenLedger } from "../ledger/open-ledger.ts";
import type { LayerDefinition } from "./layer-definition.ts";
import type { QueueMessage } from "./message.ts";

/** What happens to a message: it is deleted, or it becomes visible again after a while. */
export type Disposition = { kind: "acknowledge" } | { kind: "return"; afterSeconds: number };

export const ACKNOWLEDGE: Disposition = { kind: "acknowledge" };

/** What a layer's function works with; everything is real, also in tests. */
export interface FunctionContext {
  environment: LayerEnvironment;
  aws: AwsClients;
  warehouse: WarehouseConfig;
  logger: Logger;
  /** When the function must have stopped. */
  deadline: Date;
}

/** One received message of a layer, with its event. */
export interface MessageContext<T extends DetailType> extends FunctionContext {
  definition: LayerDefinition<T>;
  message: QueueMessage;
  event: EventOf<T>;
}

/** A message whose run is known, under the lock of its layer. */
export interface LockedContext<T extends DetailType> extends MessageContext<T> {
  ledger: OpenLedger;
  lock: LayerLock;
  identity: RunIdentity;
  /** Publishes the outbox. @returns how many events were published */
  publishEvents(): Promise<number>;
}

/** One attempt. */
export interface AttemptContext<T extends DetailType> extends LockedContext<T> {
  key: AttemptKey;
  startedAt: Date;
}

/** An attempt that holds its claim in the ledger. */
export interface ClaimedContext<T extends DetailType> extends AttemptContext<T> {
  claim: Extract<Claim, { kind: "claimed" }>;
}
