import { readLayerTable } from "../../local/layer-table.ts";
import { textOf, type Grant } from "../support/rights/grant.ts";
import { RightsStage } from "../support/rights/rights-stage.ts";
import { trialGroups } from "../support/rights/trials.ts";
import { tryRights, type Verdict } from "../support/rights/try-rights.ts";
import { unaskedRightOf, unaskedRights } from "../support/rights/unasked.ts";

const TIMEOUT_MS = 600_000;

/**
 * Revokes every right of every deployed role once. Without it, the function must fail and name the denied action; with
 * it, the function must work again. The rights that the emulator does not check are revoked all the time.
 */
describe("the functions' roles", () => {
  let stage: RightsStage;
  let rights: Grant[] = [];
  let asked: Grant[] = [];

  beforeAll(async () => {
    stage = await RightsStage.start();
    rights = [...stage.roles.grants.values()].flat();
    asked = rights.filter((grant) => unaskedRightOf(grant) === undefined);
    await stage.roles.take(rights.filter((grant) => unaskedRightOf(grant) !== undefined));
  }, TIMEOUT_MS);
  afterAll(() => stage.stop(), TIMEOUT_MS);

  it(
    "have the permissions that the emulator does not check, and a run completes without them",
    async () => {
      await stage.runOnce();

      const stale = unaskedRights.filter((entry) => !rights.some((grant) => unaskedRightOf(grant) === entry));
      expect(stale).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "have no unneeded permission, and a missing one is named in the error",
    async () => {
      const startedAt = Date.now();
      const groups = trialGroups(
        await readLayerTable(stage.stage.folder),
        asked.filter(({ role }) => role === "replay"),
      );

      const verdicts: Verdict[] = [];
      for (const lanes of groups) {
        verdicts.push(...(await Promise.all(lanes.map((lane) => tryRights(stage, lane)))).flat());
      }

      const seconds = Math.round((Date.now() - startedAt) / 1_000);
      process.stderr.write(`rights: ${verdicts.length} of ${rights.length} taken away in ${seconds} s\n`);
      expect(verdicts.flatMap(({ complaint }) => complaint ?? [])).toEqual([]);
      // no right may belong to a function that this test does not call
      const tried = new Set(verdicts.map(({ grant }) => textOf(grant)));
      expect(asked.map(textOf).filter((text) => !tried.has(text))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
