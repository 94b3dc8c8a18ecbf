import { PermanentError, TransientError, type BatonError } from "../../errors/errors.ts";
import { rdsEndpointOf } from "./rds-endpoint.ts";
import { AURORA_ENDPOINT_MEMBER } from "./read-server.ts";
import { targetRetired } from "./target-retired.ts";
import { fingerprintOf, type FoundTarget } from "./target.ts";
import type { TargetRow } from "./target-row.ts";

/** What a caller expects of the warehouse; undefined or empty values are not compared. */
export interface ExpectedTarget {
  /** Fingerprints that must match, by their origin. */
  fingerprints?: Readonly<Record<string, string | undefined>>;
  /** The deployment that calls: `<account>/<region>/<stage>`. */
  deployment?: string | undefined;
}

/**
 * Compares the warehouse that answers with the expected one. Without this check a switched endpoint lets two warehouses
 * receive parts of the same run.
 *
 * @returns the differences, the most specific first: TARGET_RETIRED, TARGET_READER_ENDPOINT, TARGET_READ_ONLY
 *   (transient: a failover makes the old writer read-only), TARGET_MOVED, TARGET_MISMATCH, TARGET_TAKEN;
 *   empty when it is the expected one
 */
export function judgeTarget(found: FoundTarget, expected: ExpectedTarget): BatonError[] {
  return [
    retired(found),
    readOnly(found),
    moved(found),
    ...Object.entries(expected.fingerprints ?? {}).map(([source, fingerprint]) => mismatch(found, source, fingerprint)),
    taken(found, expected.deployment),
  ].filter((problem) => problem !== undefined);
}

/** @throws BatonError the first difference, before anything is written to the warehouse */
export function requireTarget(found: FoundTarget, expected: ExpectedTarget): void {
  const [problem] = judgeTarget(found, expected);
  if (problem !== undefined) throw problem;
}

/** The place of the warehouse, for error texts. */
function placeOf({ host, port, schema }: FoundTarget): string {
  return `${host}:${port} (schema ${schema})`;
}

function retired(found: FoundTarget): PermanentError | undefined {
  const movedTo = found.row?.retiredTo ?? undefined;
  return movedTo === undefined ? undefined : targetRetired(movedTo, placeOf(found));
}

function readOnly(found: FoundTarget): BatonError | undefined {
  const advice =
    "Set AURORA_ENDPOINT (deployment parameter databaseEndpoint) to the cluster's writer endpoint, then replay.";
  if (rdsEndpointOf(found.host)?.isReader === true) {
    const message = `${placeOf(found)} cannot be written: the endpoint is the cluster's reader endpoint`;
    return new PermanentError("TARGET_READER_ENDPOINT", message, { kind: "target", advice });
  }
  if (!found.server.isReadOnly) return undefined;
  return new TransientError(
    "TARGET_READ_ONLY",
    `${placeOf(found)} cannot be written: the server ${found.server.name} is read-only, during a failover or as a replica`,
    { kind: "target", advice: `A failover ends within minutes. If it continues: ${advice}` },
  );
}

function moved(found: FoundTarget): PermanentError | undefined {
  const { row, server } = found;
  if (row === undefined) return undefined;
  const realm = rdsEndpointOf(found.host)?.realm;
  const isElsewhere = realm !== undefined && row.realm !== null && realm !== row.realm;
  const shared = server.members.filter((member) => member.startsWith(AURORA_ENDPOINT_MEMBER));
  const isMember = [server.name, ...shared].some((member) => row.members.includes(member));
  if (isMember && !isElsewhere) return undefined;
  const home = `${row.members.join(", ")}${row.realm === null ? "" : ` in ${row.realm}`}`;
  const here = `${server.name}${realm === undefined ? "" : ` in ${realm}`}`;
  return new PermanentError(
    "TARGET_MOVED",
    `${placeOf(found)} records that its warehouse is on ${home}, but the server that answers is ${here}: ` +
      "a copy of the warehouse, or a switched endpoint",
    {
      kind: "target",
      advice:
        "Set AURORA_ENDPOINT back to the warehouse. To make this server the warehouse from now on: " +
        "./baton target show, then ./baton target adopt --yes",
    },
  );
}

function mismatch(found: FoundTarget, source: string, expected: string | undefined): PermanentError | undefined {
  if (expected === undefined || expected === "") return undefined;
  const fingerprint = found.row === undefined ? undefined : fingerprintOf(found.row);
  if (fingerprint === expected) return undefined;
  const what = found.row === undefined ? "no warehouse of Baton" : `the warehouse ${fingerprint ?? ""}`;
  return new PermanentError(
    "TARGET_MISMATCH",
    `${source} expects the warehouse with the fingerprint ${expected}; ${placeOf(found)} on ${found.server.name} ` +
      `holds ${what}${adoption(found.row)}`,
    {
      kind: "target",
      advice:
        "If the endpoint is wrong: correct AURORA_ENDPOINT, then replay. If you moved the warehouse, this shows what to deploy: " +
        "./baton target show. Messages from before the move stay refused: repeat their day with ./baton run --date DAY --force",
    },
  );
}

function adoption(row: TargetRow | undefined): string {
  if (row?.adoptedBy === undefined || row.adoptedBy === null) return "";
  return `, adopted at ${row.adoptedAt.toISOString()} by ${row.adoptedBy}`;
}

function taken(found: FoundTarget, deployment: string | undefined): PermanentError | undefined {
  const owner = found.row?.deployment ?? undefined;
  if (deployment === undefined || deployment === "" || owner === undefined || owner === deployment) return undefined;
  return new PermanentError(
    "TARGET_TAKEN",
    `the warehouse at ${placeOf(found)} belongs to the deployment ${owner}; this is the deployment ${deployment}, ` +
      "and two would mix their ledgers, locks and live tables",
    {
      kind: "target",
      advice:
        "Use other schemas (deployment parameter schemaPrefix) or another database for this deployment. " +
        `If ${owner} no longer exists: ./baton target adopt --yes`,
    },
  );
}
