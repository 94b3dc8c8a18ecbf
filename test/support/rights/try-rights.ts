import { textOf, type Grant } from "./grant.ts";
import type { RightsStage } from "./rights-stage.ts";
import type { Lane } from "./trials.ts";
import { unaskedRightOf } from "./unasked.ts";
import type { Work } from "./work.ts";

/** What became of one right. */
export interface Verdict {
  grant: Grant;
  /** What failed without it; undefined when nothing did. */
  missedBy?: string;
  /** What is wrong, for a person; undefined when the right is needed and its lack is told. */
  complaint?: string;
  durationMs: number;
}

const NEEDLESS =
  "nothing that it does needs that, or the emulator does not ask for it: remove it from serverless/roles.ts, or have a " +
  "work of test/support/rights need it, or say in test/support/rights/unasked.ts why nothing here can show it";
/** End of what was said that a complaint quotes, characters. */
const WORDS = 1_500;

/** Takes each right of a lane's trials away in turn, sees work fail for that reason, gives it back and sees it done. */
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

/** The rights of a role whose lack can be seen here. */
function askedRights(stage: RightsStage, role: string): Grant[] {
  return (stage.roles.grants.get(role) ?? []).filter((grant) => unaskedRightOf(grant) === undefined);
}

async function tryRight(
  stage: RightsStage,
  grant: Grant,
  works: readonly Work[],
): Promise<Omit<Verdict, "durationMs">> {
  await stage.roles.take([grant]);
  const without = await workUntilMissed(stage, works).finally(() => stage.roles.giveBack([grant]));
  const { missed } = without;
  if (missed === undefined) return { grant, complaint: `${textOf(grant)}, and ${NEEDLESS}` };
  const missedBy = `${grant.role} no longer ${missed.work.does}: ${missed.error}`;
  const again = await workUntilMissed(stage, [missed.work]);
  if (again.missed !== undefined) {
    return {
      grant,
      missedBy,
      complaint: `${textOf(grant)} was given back, and still it fails: ${again.missed.error}\n${again.words.slice(-WORDS)}`,
    };
  }
  // a busy emulator hands a function's last lines over with its next call
  const words = `${without.words}\n${again.words}`;
  if (tells(words, grant)) return { grant, missedBy };
  return {
    grant,
    missedBy,
    complaint: `${missedBy}; and nobody is told that ${textOf(grant)}:\n${words.slice(-WORDS)}`,
  };
}

/** Does one work after the other until one is not done. @returns that one, and what was said meanwhile */
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

/** True when a person can read which action on what was refused. */
function tells(words: string, { action, resource }: Grant): boolean {
  const name = resource.split(/[:/]/).findLast((part) => part !== "" && part !== "*") ?? resource;
  return words.includes(action) && words.includes(name);
}
