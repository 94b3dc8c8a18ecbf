import { createHash } from "node:crypto";
import type { TargetReference } from "../../../events/schemas.ts";
import type { ServerFacts } from "./read-server.ts";
import type { TargetRow } from "./target-row.ts";

/** A warehouse that was found: its endpoint, its server and its identity row. */
export interface FoundTarget {
  host: string;
  port: number;
  /** The ledger's schema. */
  schema: string;
  server: ServerFacts;
  /** Undefined when there is no ledger yet. */
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
 * failover within an Aurora cluster does not change it; a copy that was adopted elsewhere has a different one.
 */
export function fingerprintOf({ identity, serverIdentity }: Pick<TargetRow, "identity" | "serverIdentity">): string {
  return createHash("sha256").update(`${identity}\n${serverIdentity}`).digest("hex").slice(0, 16);
}

/** The target in events. */
export function targetReference(target: TargetIdentity, host: string, schema: string): TargetReference {
  return { fingerprint: target.fingerprint, host, schema };
}
