import { createHash } from "node:crypto";
import type { TargetReference } from "../../../events/schemas.ts";
import type { ServerFacts } from "./read-server.ts";
import type { TargetRow } from "./target-row.ts";

/** A warehouse as it answers: the way to it, the server, and the identity row that it holds. */
export interface FoundTarget {
  host: string;
  port: number;
  /** The ledger's schema. */
  schema: string;
  server: ServerFacts;
  /** Undefined where there is no ledger yet. */
  row: TargetRow | undefined;
}

/** The warehouse that a ledger was opened on. */
export interface TargetIdentity {
  fingerprint: string;
  identity: string;
  serverIdentity: string;
  deployment: string | null;
}

/**
 * The fingerprint of a warehouse: first 16 hex digits of sha256 over its identity and the server that adopted it. A
 * failover within an Aurora cluster does not change it; a copy that was adopted elsewhere has another one.
 */
export function fingerprintOf({ identity, serverIdentity }: Pick<TargetRow, "identity" | "serverIdentity">): string {
  return createHash("sha256").update(`${identity}\n${serverIdentity}`).digest("hex").slice(0, 16);
}

/** The target as events carry it. */
export function targetReference(target: TargetIdentity, host: string, schema: string): TargetReference {
  return { fingerprint: target.fingerprint, host, schema };
}
