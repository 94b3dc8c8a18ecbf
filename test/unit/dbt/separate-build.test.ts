import { checkDeveloperSchemas } from "../../../cli/doctor/check-separate-schemas.ts";
import { ownerOf } from "../../../shared/dbt/separate-build.ts";

describe("the schemas of a developer", () => {
  it.each([
    ["anna", /^anna$/],
    ["Anna.Meier", /^annameier[0-9a-f]{6}$/],
    ["anna_b", /^annab[0-9a-f]{6}$/],
    ["a-very-long-name-of-a-user", /^averylongn[0-9a-f]{6}$/],
    ["東京", /^[0-9a-f]{6}$/],
  ])("have a name without `_` and of at most 16 characters: %s", (user, owner) => {
    expect(ownerOf(user)).toMatch(owner);
    expect(ownerOf(ownerOf(user))).toBe(ownerOf(user));
    expect(ownerOf(`${user} `)).not.toBe(ownerOf(user));
  });

  it("are forgotten after a week without a build, unless they are in use", () => {
    const now = new Date("2026-02-10T00:00:00Z");
    const of = (owner: string, builtAt: string | undefined, inUse = false): Parameters<typeof checkDeveloperSchemas>[0] => [
      { owner, lock: owner, inUse, schemas: [`dev_${owner}_gold`], builtAt: builtAt === undefined ? undefined : new Date(builtAt) },
    ]; // prettier-ignore
    const check = (found: Parameters<typeof checkDeveloperSchemas>[0]): ReturnType<typeof checkDeveloperSchemas> =>
      checkDeveloperSchemas(found, { now, command: (text) => `./baton ${text}` });

    expect(check([])).toMatchObject({ state: "ok", found: "none" });
    expect(check(of("anna", "2026-02-04T00:00:00Z"))).toMatchObject({
      state: "ok",
      found: "anna: dev_anna_gold (built 6 d ago)",
    });
    expect(check(of("ben", "2026-01-01T00:00:00Z", true))).toMatchObject({ state: "ok" });
    expect(check([...of("anna", "2026-02-10T00:00:00Z"), ...of("ben", undefined)])).toMatchObject({
      state: "warning",
      found: "anna: dev_anna_gold (built today); ben: dev_ben_gold (no tables)",
      fix: expect.stringContaining("./baton dbt clean ben") as string,
    });
  });
});
