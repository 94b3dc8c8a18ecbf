import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { aws, awsJson } from "../../support/aws-cli.ts";
import { handWrittenTemplate } from "./hand-written-template.ts";
import { KEY, packagedTemplate } from "./packaged-template.ts";

const packagedSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
const statementSchema = z.looseObject({
  Sid: z.string(),
  Principal: z.looseObject({ Service: z.unknown().optional() }),
});
const policySchema = z.object({ Statement: z.array(statementSchema) });

/** Services that write to encrypted resources, as configured in the packaged template. */
function sendersIn(packaged: string): string[] {
  const { Resources } = packagedSchema.parse(JSON.parse(packaged));
  const ofType = (type: string): Record<string, unknown>[] =>
    Object.values(Resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
  const admitted = [...ofType("AWS::SQS::QueuePolicy"), ...ofType("AWS::SNS::TopicPolicy")].flatMap((policy) => [
    ...JSON.stringify(policy["PolicyDocument"]).matchAll(/"Service":"([a-z.]+)"/g),
  ]);
  const logs = ofType("AWS::Logs::LogGroup").some(({ KmsKeyId }) => KmsKeyId === KEY) ? ["logs.amazonaws.com"] : [];
  return [...new Set([...admitted.map(([, service = ""]) => service), ...logs])].sort();
}

describe("the template of the key", () => {
  it("allows the key to the services that write to encrypted resources, and to no others", async () => {
    const template = await handWrittenTemplate("key.yml");
    const { Statement } = policySchema.parse({
      Statement: z
        .object({ Statement: z.array(z.unknown()) })
        .parse(template.Resources["Key"]?.Properties["KeyPolicy"])
        // this statement exists only if the source has a separate account
        .Statement.filter((statement) => JSON.stringify(statement).startsWith('{"Sid"')),
    });

    const services = Statement.flatMap(({ Principal }) => [Principal.Service ?? []].flat()).map((service) =>
      typeof service === "string"
        ? service
        : JSON.stringify(service).replace(/.*(logs)\.\$\{AWS::Region\}(.*)"\}/, "$1$2"),
    );
    expect(services.sort()).toEqual(sendersIn(await packagedTemplate("keyed")));
  }, 120_000);

  describe("deployed", () => {
    const stack = "baton-key-prod";
    afterAll(() => aws("cloudformation", "delete-stack", "--stack-name", stack), 30_000);

    it("creates a rotated key with the environment's name, for its log groups and the source's account", async () => {
      const file = join(projectRoot, "deploy/key.yml");
      await aws(
        ...["cloudformation", "deploy", "--template-file", file, "--stack-name", stack, "--parameter-overrides"],
        ...["Stage=prod", "SourceAccountId=210987654321"],
      );

      const [described] = (
        await awsJson<{ Stacks: { Outputs: { OutputValue: string }[] }[] }>(
          ...["cloudformation", "describe-stacks", "--stack-name", stack],
        )
      ).Stacks;
      const id = described?.Outputs[0]?.OutputValue ?? "";
      const ofKey = <T>(command: string, ...more: string[]): Promise<T> =>
        awsJson("kms", command, "--key-id", id, ...more);
      expect(id).toMatch(/^arn:aws:kms:ap-northeast-1:\d{12}:key\//);
      expect(await ofKey("get-key-rotation-status")).toMatchObject({ KeyRotationEnabled: true });
      expect(await ofKey("list-aliases")).toMatchObject({ Aliases: [{ AliasName: "alias/baton-prod" }] });
      const { Policy } = await ofKey<{ Policy: string }>("get-key-policy", "--policy-name", "default");
      const { Statement } = policySchema.parse(JSON.parse(Policy));
      const bySid = new Map(Statement.map((statement) => [statement.Sid, statement]));
      expect([...bySid.keys()]).toEqual([
        ...["RolesOfTheAccountByTheirPolicies", "RulesTopicsAndAlarmsSend", "LogsOfTheFunctions", "SourceWritesDumps"],
      ]);
      expect(bySid.get("LogsOfTheFunctions")).toMatchObject({
        Principal: { Service: "logs.ap-northeast-1.amazonaws.com" },
        Condition: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn":
              "arn:aws:logs:ap-northeast-1:000000000000:log-group:/aws/lambda/baton-prod-*",
          },
        },
      });
      expect(bySid.get("SourceWritesDumps")).toMatchObject({
        Principal: { AWS: "arn:aws:iam::210987654321:root" },
        Condition: { StringEquals: { "kms:ViaService": "s3.ap-northeast-1.amazonaws.com" } },
      });
    }, 60_000);
  });
});
