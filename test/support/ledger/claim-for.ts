import type { Pool } from "mysql2/promise";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import { claimLayer, type Claim, type RunIdentity } from "../../../shared/ledger/claims/claim.ts";
import { takeTurn, type Turn, type TurnRequest } from "../../../shared/ledger/claims/take-turn.ts";

/** A message as the ledger sees it; by default the earliest one sent. */
export interface TestMessage {
  sentAt?: Date;
  emittedAt?: Date;
  replayId?: string | undefined;
  request?: TurnRequest["request"];
}

/** Takes the turn and claims the layer, as the runtime does for a message. */
export async function claimFor(
  pool: Pool,
  policy: LayerPolicy,
  identity: RunIdentity,
  { sentAt = new Date(0), emittedAt = new Date(0), replayId, request }: TestMessage = {},
): Promise<Claim | Exclude<Turn, { kind: "active" }>> {
  const turn = await takeTurn(pool, { policy, identity, message: { sentAt, emittedAt, replayId }, request });
  return turn.kind === "active" ? claimLayer(pool, policy, identity, { messageId: "m", replayId }, 1) : turn;
}
