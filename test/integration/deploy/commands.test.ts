import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { testServices } from "../../support/services.ts";
import { CLUSTER_ID, IMAGE } from "./packaged-template.ts";

/** The emulator replaces CloudFormation. It has no such stack, so a command stops at the request for it. */
describe("the commands of deploy/", () => {
  it.each([["info"], ["remove"], ["rollback", "--timestamp", "2026-02-07T07:00:00.000Z"]])(
    "resolve the configuration of an environment that is not local: %s",
    (command, ...args) => {
      const { emulator } = testServices();

      const { stdout, stderr } = spawnSync(join(projectRoot, "deploy", command), ["prod", ...args], {
        encoding: "utf8",
        env: {
          ...emulator.env,
          ...{ PATH: process.env["PATH"], HOME: testServices().folder, CI: "true", SLS_TELEMETRY_DISABLED: "1" },
          ...{ AWS_REGION: emulator.region, CLUSTER: "cluster.example", DBT_IMAGE: IMAGE },
          ...{ DATABASE_AUTH: "iam", CLUSTER_ID },
        },
      });

      expect(stdout + stderr).not.toMatch(/Cannot resolve|param=/);
      expect(stdout + stderr).toMatch(/baton-prod.* does not exist|deployment bucket|NoSuchBucket/i);
    },
    120_000,
  );
});
