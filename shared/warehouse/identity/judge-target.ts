import { PermanentError } from "../../errors/errors.ts";
import { rdsEndpointOf } from "./rds-endpoint.ts";
import { fingerprintOf, type FoundTarget } from "./target.ts";
import type { TargetRow } from "./target-row.ts";

/** What a caller knows of the warehouse that it wants; what is undefined or empty is not compared. */
export interface ExpectedTarget {
  /** Fingerprints that must agree, by where each comes from. */
  fingerprints?: Readonly<Record<string, string | undefined>>;
  /** The deployment that is at work: `<account>/<region>/<stage>`. */
  deployment?: string | undefined;
}

/**
 * Judges the warehouse that answers against the one that is wanted (split brain: handbook, domain/operations.md
 * section 7, 7 February).
 *
 * @returns what is wrong, the most telling first: TARGET_READ_ONLY, TARGET_MOVED, TARGET_MISMATCH, TARGET_TAKEN;
 *   empty when it is the right one
 */
export function judgeTarget(found: FoundTarget, expected: ExpectedTarget): PermanentError[] {
  return [
    readOnly(found),
    moved(found),
    ...Object.entries(expected.fingerprints ?? {}).map(([source, fingerprint]) => mismatch(found, source, fingerprint)),
    taken(found, expected.deployment),
  ].filter((problem) => problem !== undefined);
}

/** @throws PermanentError the first thing that is wrong with the warehouse, before anything was written to it */
export function requireTarget(found: FoundTarget, expected: ExpectedTarget): void {
  const [problem] = judgeTarget(found, expected);
  if (problem !== undefined) throw problem;
}

/** Where the warehouse was found, for people. */
function placeOf({ host, port, schema }: FoundTarget): string {
  return `${host}:${port} (schema ${schema})`;
}

function readOnly(found: FoundTarget): PermanentError | undefined {
  const isReaderEndpoint = rdsEndpointOf(found.host)?.isReader === true;
  if (!isReaderEndpoint && !found.server.isReadOnly) return undefined;
  const why = isReaderEndpoint
    ? "the endpoint is that of the cluster's readers"
    : `the server ${found.server.name} is read-only, as a replica is`;
  return new PermanentError("TARGET_READ_ONLY", `${placeOf(found)} cannot be written: ${why}`, {
    kind: "target",
    advice:
      "Set AURORA_ENDPOINT (deployment parameter databaseEndpoint) to the cluster's writer endpoint, then replay.",
  });
}

function moved(found: FoundTarget): PermanentError | undefined {
  const { row, server } = found;
  if (row === undefined) return undefined;
  const realm = rdsEndpointOf(found.host)?.realm;
  const isElsewhere = realm !== undefined && row.realm !== null && realm !== row.realm;
  if (row.members.includes(server.name) && !isElsewhere) return undefined;
  const home = `${row.members.join(", ")}${row.realm === null ? "" : ` in ${row.realm}`}`;
  const here = `${server.name}${realm === undefined ? "" : ` in ${realm}`}`;
  return new PermanentError(
    "TARGET_MOVED",
    `${placeOf(found)} says that its warehouse lives on ${home}, but the server that answers is ${here}: ` +
      "a copy of the warehouse, or an endpoint that was switched",
    {
      kind: "target",
      advice:
        "Point AURORA_ENDPOINT back at the warehouse. If this server is to be the warehouse from now on: " +
        "./baton target show, then ./baton target adopt --yes",
    },
  );
}

function mismatch(found: FoundTarget, source: string, expected: string | undefined): PermanentError | undefined {
  if (expected === undefined || expected === "") return undefined;
  const fingerprint = found.row === undefined ? undefined : fingerprintOf(found.row);
  if (fingerprint === expected) return undefined;
  const what = found.row === undefined ? "no warehouse of Baton at all" : `the warehouse ${fingerprint ?? ""}`;
  return new PermanentError(
    "TARGET_MISMATCH",
    `${source} expects the warehouse with the fingerprint ${expected}; ${placeOf(found)} on ${found.server.name} ` +
      `holds ${what}${adoption(found.row)}`,
    {
      kind: "target",
      advice:
        "Wrong endpoint: correct AURORA_ENDPOINT, then replay. Warehouse moved on purpose; what to deploy: " +
        "./baton target show. Messages made before the move stay refused, so repeat their day: ./baton run --date DAY --force",
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
        "Give this deployment schemas of its own (deployment parameter schemaPrefix) or a database of its own. " +
        `If ${owner} is gone for good: ./baton target adopt --yes`,
    },
  );
}
