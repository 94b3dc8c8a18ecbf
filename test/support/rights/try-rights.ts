import { textOf, type Grant } from "./grant.ts";
import type { RightsStage } from "./rights-stage.ts";
import type { Lane } from "./trials.ts";
import { unaskedRightOf } from "./unasked.ts";
import type { Work } from "./work.ts";

/** The result for one right. */
export interface Verdict {
  grant: Grant;
  /** The work that failed without it; undefined if nothing failed. */
  missedBy?: string;
  /** The problem, for a person; undefined if the right is needed and its absence is reported. */
  complaint?: string;
  durationMs: number;
}

const NEEDLESS =
  "no trial needs it, or the emulator does not check it: remove it from serverless/roles.ts, or add a " +
  "trial in test/support/rights that needs it, or give the reason in test/support/rights/unasked.ts";
/** Number of characters from the end of the output that a complaint quotes. */
const WORDS = 1_500;

/**
 * Revokes each right of a lane's trials in turn, expects work to fail for that reason, restores the right and expects
 * success.
 */
export async function tryRights(stage: RightsStage, lane: Lane): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const { role, works, concerns = () => true } of lane) {
    for (const grant of askedRights(stage, role).filter(concerns)) {
      const startedAt = Date.now();
      verdicts.push({ ...(await tryRight(stage, grant, works)), durationMs: Date.now() - startedAt });
    }
  }
  return verdicts;
}

/** The rights of a role that the emulator enforces. */
function askedRights(stage: RightsStage, role: string): Grant[] {
  return (stage.roles.grants.get(role) ?? []).filter((grant) => unaskedRightOf(grant) === undefined);
}

async function tryRight(
  stage: RightsStage,
  grant: Grant,
  works: readonly Work[],
): Promise<Omit<Verdict, "durationMs">> {
  await stage.roles.take([grant]);
  const without = await workUntilMissed(stage, works).finally(() => stage.roles.restore([grant]));
  const { missed } = without;
  if (missed === undefined) return { grant, complaint: `${textOf(grant)}, and ${NEEDLESS}` };
  const missedBy = `${grant.role} no longer ${missed.work.does}: ${missed.error}`;
  const again = await workUntilMissed(stage, [missed.work]);
  if (again.missed !== undefined) {
    return {
      grant,
      missedBy,
      complaint: `${textOf(grant)} was restored, but it still fails: ${again.missed.error}\n${again.words.slice(-WORDS)}`,
    };
  }
  // a busy emulator returns a function's last log lines with its next call
  const words = `${without.words}\n${again.words}`;
  if (tells(words, grant)) return { grant, missedBy };
  return {
    grant,
    missedBy,
    complaint: `${missedBy}; and no output says that ${textOf(grant)}:\n${words.slice(-WORDS)}`,
  };
}

/** Runs the works in order until one fails. @returns the failed one, and the output meanwhile */
async function workUntilMissed(
  stage: RightsStage,
  works: readonly Work[],
): Promise<{ missed?: { work: Work; error: string }; words: string }> {
  const said: string[] = [];
  for (const work of works) {
    try {
      await work.run(stage, (text) => said.push(text));
    } catch (error) {
      return { missed: { work, error: String(error) }, words: said.join("\n") };
    }
  }
  return { words: said.join("\n") };
}

/** True if the output names the denied action and its resource. */
function tells(words: string, { action, resource }: Grant): boolean {
  const name = resource.split(/[:/]/).findLast((part) => part !== "" && part !== "*") ?? resource;
  return words.includes(action) && words.includes(name);
}
