import { z } from "zod";
import type { Check } from "../../../cli/doctor/check.ts";
import type { Aws } from "../../../cli/preflight/aws.ts";
import { runPreflight } from "../../../cli/preflight/run-preflight.ts";
import { parseTemplate } from "../../../cli/preflight/template.ts";
import { PermanentError } from "../../../shared/errors/errors.ts";
import { aws as awsOnEmulator } from "../../support/aws-cli.ts";
import { testServices } from "../../support/services.ts";
import { packagedTemplate } from "./packaged-template.ts";

const TIMEOUT_MS = 240_000;
const STAGE = "local-preflight";

/** The checks against the emulator; test/unit/cli/preflight.test.ts has what only AWS answers. */
describe("preflight", () => {
  let text: string;
  beforeAll(async () => {
    process.env["AWS_REGION"] = testServices().emulator.region;
    text = (await packagedTemplate("local")).replaceAll("baton-local", `baton-${STAGE}`);
    // secrets of another account would be found missing
    text = text.replaceAll(/"arn:aws:secretsmanager:[^"]+"/g, '"*"');
  }, TIMEOUT_MS);

  const onEmulator: Aws = async (schema, ...args) => {
    try {
      const output = await awsOnEmulator(...args, "--output", "json");
      return schema.parse(output.trim() === "" ? {} : JSON.parse(output));
    } catch (error) {
      throw new PermanentError("AWS_COMMAND_FAILED", String(error));
    }
  };
  async function run(template = text): Promise<Map<string, Check>> {
    const request = {
      stage: STAGE,
      aws: onEmulator,
      isEmulator: true,
      package: () => Promise.resolve(parseTemplate(template)),
    };
    return new Map((await runPreflight(request)).map((check) => [check.name, check]));
  }
  const stacks = async (): Promise<string> =>
    awsOnEmulator("cloudformation", "list-stacks", "--query", "StackSummaries[].[StackName,StackStatus]");

  it(
    "passes before the first deployment, shows the changes, leaves nothing, and says what the emulator cannot answer",
    async () => {
      const checks = await run();

      expect([...checks.values()].filter(({ state }) => state === "failed")).toEqual([]);
      expect(checks.get("change set")).toMatchObject({
        found: expect.stringMatching(/^1\d\d to add, 0 to change/) as string,
      });
      expect(checks.get("names")?.state).toBe("ok");
      for (const name of ["image", "network"]) {
        expect(checks.get(name)).toMatchObject({
          state: "warning",
          found: expect.stringContaining("not checked") as string,
        });
      }
      expect((await stacks()).match(new RegExp(`"baton-${STAGE}",\\s*"(?!DELETE_COMPLETE)`))).toBeNull();
      expect(await awsOnEmulator("s3api", "list-buckets")).not.toContain(`${STAGE}-preflight`);
    },
    TIMEOUT_MS,
  );

  it(
    "names a retained DLQ of a removed layer, which would make the deployment fail",
    async () => {
      const name = `baton-${STAGE}-gold-dlq`;
      const protectedTemplate = text.replaceAll(
        '"Type": "AWS::SQS::Queue"',
        '"Type": "AWS::SQS::Queue", "DeletionPolicy": "RetainExceptOnCreate"',
      );
      await awsOnEmulator("sqs", "create-queue", "--queue-name", name);

      const checks = await run(protectedTemplate);
      const { QueueUrl } = z
        .object({ QueueUrl: z.string() })
        .parse(JSON.parse(await awsOnEmulator("sqs", "get-queue-url", "--queue-name", name)));
      await awsOnEmulator("sqs", "delete-queue", "--queue-url", QueueUrl);

      expect(checks.get("names")).toMatchObject({
        state: "failed",
        found: `retained from a removed environment or layer: ${name}`,
        fix: expect.stringContaining(`--queue-name ${name}`) as string,
      });
    },
    TIMEOUT_MS,
  );
});
