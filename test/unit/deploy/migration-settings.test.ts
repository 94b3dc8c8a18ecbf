import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readSettings, type Settings } from "../../../serverless/settings.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";

const project = parse(readFileSync(join(projectRoot, "serverless.yml"), "utf8")) as {
  custom: { source: unknown };
  params: { default: Record<string, unknown> };
};

/** The settings of prod with the defaults of serverless.yml and these parameters. */
function settingsWith(given: Readonly<Record<string, string>>): Promise<Settings> {
  const parameters: Record<string, unknown> = { ...project.params.default, runDeadline: "", ...given };
  const values: Record<string, unknown> = {
    "sls:stage": "prod",
    "opt:": {},
    "self:custom.source": project.custom.source,
  };
  return readSettings({
    resolveVariable: (name) => Promise.resolve(values[name] ?? parameters[name.replace("param:", "")]),
  });
}

describe("the parameters of a move", () => {
  const whole = { migrateFrom: "old.example", migrateTo: "new.example:3307" };
  const secrets = { migrateFromSecretArn: "arn:from", migrateToSecretArn: "arn:to" };

  it("are absent by default, and name two servers with their secrets", async () => {
    expect((await settingsWith({})).migration).toBeUndefined();
    expect((await settingsWith({ ...whole, ...secrets })).migration).toEqual({
      from: { host: "old.example", port: "3306", secretArn: "arn:from" },
      to: { host: "new.example", port: "3307", secretArn: "arn:to" },
    });
  });

  it("are refused with the names of those that are missing or wrong", async () => {
    await expect(settingsWith(whole)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/--param=migrateFromSecretArn=\.\.\. --param=migrateToSecretArn=/) as string,
    });
    await expect(settingsWith({ ...whole, ...secrets, migrateTo: "mysql://new.example" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("expected HOST or HOST:PORT") as string,
    });
  });
});
