import type { Connection } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { PermanentError, type BatonError } from "../errors/errors.ts";
import type { LoadSession } from "../loader/load/load-session.ts";
import { readServerFacts, type ServerFacts } from "../loader/load/server-facts.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { judgeTarget } from "../warehouse/identity/judge-target.ts";
import { fingerprintOf, type FoundTarget } from "../warehouse/identity/target.ts";

/** The two servers of a move. */
export interface CopySides {
  source: FoundTarget;
  target: FoundTarget;
  /** Of the target. */
  server: ServerFacts;
}

/** `switching`: the source is already retired in favour of this target. */
export type SourceState = "open" | "switching";

interface Connections {
  from: WarehouseConfig;
  to: WarehouseConfig;
  source: Connection;
  target: Connection;
  session: LoadSession;
}

/** Reads what both servers are; writes nothing. @param session on the target */
export async function readSides({ from, to, source, target, session }: Connections): Promise<CopySides> {
  return {
    source: await findTarget(source, from),
    target: await findTarget(target, to),
    server: await readServerFacts(session),
  };
}

/**
 * Why the warehouse of the source must not be copied to the target; empty when it may. The first reason is the most
 * specific.
 */
export function judgeSides({ source, target, server }: CopySides, state: SourceState = "open"): BatonError[] {
  return [
    sameServer(source, target),
    notTheWarehouse(source, state === "switching" ? placeOf(target) : undefined),
    inUse(source, target),
    ...judgeTarget(target, {}).filter(({ code }) => code === "TARGET_READ_ONLY" || code === "TARGET_READER_ENDPOINT"),
    withoutInfile(target, server),
  ].filter((problem) => problem !== undefined);
}

/** `host:port`. */
export function placeOf({ host, port }: Pick<FoundTarget, "host" | "port">): string {
  return `${host}:${port}`;
}

function sameServer(source: FoundTarget, target: FoundTarget): BatonError | undefined {
  if (!target.server.members.some((member) => source.server.members.includes(member))) return undefined;
  return new PermanentError(
    "COPY_SAME_SERVER",
    `${placeOf(source)} and ${placeOf(target)} are the same server or cluster: ${source.server.name}`,
    { kind: "input" },
  );
}

function notTheWarehouse(source: FoundTarget, switchingTo: string | undefined): BatonError | undefined {
  if (source.row === undefined) {
    return new PermanentError("LEDGER_MISSING", `${placeOf(source)} has no ledger in schema ${source.schema}`, {
      kind: "input",
      advice: "Check --from and --schema-prefix: the source of a move is the warehouse that the pipeline writes now.",
    });
  }
  // a replica can be read, and it has the identity of its cluster
  const isSwitching = source.row.retiredTo === switchingTo;
  return judgeTarget(source, {}).find(
    ({ code }) => code === "TARGET_MOVED" || (code === "TARGET_RETIRED" && !isSwitching),
  );
}

/** A ledger of another identity, or one that accepts runs, is a warehouse of its own. */
function inUse(source: FoundTarget, target: FoundTarget): BatonError | undefined {
  const { row } = target;
  if (row === undefined || source.row === undefined) return undefined;
  const accepts = !judgeTarget(target, {}).some(({ code }) => code === "TARGET_MOVED" || code === "TARGET_RETIRED");
  if (row.identity === source.row.identity && !accepts) return undefined;
  return new PermanentError(
    "COPY_TARGET_IN_USE",
    `${placeOf(target)} holds the warehouse ${fingerprintOf(row)} in schema ${target.schema}, which is in use there`,
    { kind: "input" },
  );
}

function withoutInfile(target: FoundTarget, server: ServerFacts): BatonError | undefined {
  if (server.allowsLocalInfile) return undefined;
  return new PermanentError("COPY_WITHOUT_INFILE", `${placeOf(target)} forbids LOAD DATA LOCAL: local_infile is OFF`, {
    kind: "target",
  });
}
