import { PermanentError, type BatonError } from "../errors/errors.ts";
import { connectedSince, isIgnored, type SeenConnections } from "./connection-record.ts";
import type { Retirement } from "./retirement.ts";

/** What a removal requires. */
export interface RetirementRule {
  /** Time without connections since the switch. */
  afterMs: number;
  /** Users or `user@host` that do not use the warehouse, such as monitoring. */
  ignored: readonly string[];
}

/** Whether the data of a retired server may be removed. */
export interface RetirementVerdict {
  /** Why not; undefined when it may. */
  problem: BatonError | undefined;
  /** Nobody has connected since then, as far as the server knows. */
  quietSince: Date;
  /** What the server shows now must be recorded: the time without connections starts again. */
  startsAgain: boolean;
}

/**
 * Judges from a server's counts whether it was used since its retirement. A server counts the connections of each account
 * since its start and does not record their times. So a time without connections is the time since the last record of
 * counts or since the server's start, whichever is later: what was before a restart is unknown.
 */
export function judgeRetirement(
  { retiredAt, last }: Retirement,
  seen: SeenConnections,
  { afterMs, ignored }: RetirementRule,
): RetirementVerdict {
  const { now, record } = seen;
  const before = last.state.connections;
  const isCounted = before !== undefined && before.source === record.source && record.source !== "none";
  const startedAt = new Date(record.startedAt);
  const recordedAt = last.at > startedAt ? last.at : startedAt;
  const quietSince = isCounted ? recordedAt : now;
  const refuse = (code: string, message: string, { startsAgain = false, advice = "" } = {}): RetirementVerdict => ({
    problem: new PermanentError(code, message, { kind: "target", ...(advice !== "" && { advice }) }),
    quietSince,
    startsAgain,
  });

  const open = seen.sessions.filter((account) => !isIgnored(account, ignored));
  if (open.length > 0) return refuse("RETIRE_IN_USE", `connected now: ${open.join(", ")}`);
  if (record.source === "none") {
    return refuse("RETIRE_UNKNOWN", "the server does not count connections, so nobody knows who has connected");
  }
  if (!isCounted) {
    const message = `no connections were counted at the switch; they are counted from ${shown(now)}`;
    const advice = `Run the same command again at ${shown(new Date(now.getTime() + afterMs))}.`;
    return refuse("RETIRE_UNKNOWN", message, { startsAgain: true, advice });
  }
  const connected = connectedSince(before, seen, ignored);
  if (connected.length > 0) {
    return refuse("RETIRE_IN_USE", `connected since ${shown(last.at)}: ${connected.join(", ")}`, { startsAgain: true });
  }
  const begin = retiredAt > quietSince ? retiredAt : quietSince;
  const end = new Date(begin.getTime() + afterMs);
  if (end > now) {
    const reason =
      startedAt > last.at
        ? `the server was restarted at ${shown(startedAt)} and does not know who had connected before`
        : `the counts of connections begin at ${shown(begin)}`;
    return refuse("RETIRE_TOO_EARLY", reason, { advice: `Run the same command again at ${shown(end)}.` });
  }
  return { problem: undefined, quietSince, startsAgain: false };
}

function shown(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
