import { CloudFormationClient, UpdateTerminationProtectionCommand } from "@aws-sdk/client-cloudformation";
import { DeleteTableCommand, DescribeTableCommand, DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { checkProtection } from "../../../cli/doctor/check-protection.ts";
import { undeploy } from "../../../local/deploy.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { testServices } from "../../support/services.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";

const TIMEOUT_MS = 120_000;

/** The steps of docs/deploy.md, "Remove", on the emulator. */
describe("a protected environment", () => {
  const client = clientOptions(testServices().emulator);
  const cloudFormation = new CloudFormationClient(client);
  const dynamoDb = new DynamoDBClient(client);
  const sqs = new SQSClient(client);
  let stage: TestStage;
  let name: string;

  beforeAll(async () => {
    stage = await deployStage({ params: { deletionProtection: "true" } });
    name = `baton-${stage.status.stage}`;
  }, TIMEOUT_MS);
  afterAll(async () => {
    const TableName = `${name}-incidents`;
    await dynamoDb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await dynamoDb.send(new DeleteTableCommand({ TableName }));
    for (const { dlqUrl } of Object.values(stage.status.queues)) {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: dlqUrl }));
    }
    await stage.warehouse.dispose();
    for (const each of [cloudFormation, dynamoDb, sqs]) each.destroy();
  }, TIMEOUT_MS);

  function remove(): Promise<void> {
    const { emulator, database } = testServices();
    return undeploy({
      stage: stage.status.stage,
      emulator,
      database,
      schemaPrefix: stage.warehouse.prefix,
      folder: stage.folder,
    });
  }

  it(
    "is not removed, and names the commands that remove it",
    async () => {
      await expect(remove()).rejects.toThrow(/update-termination-protection.*--no-enable-termination-protection/s);
    },
    TIMEOUT_MS,
  );

  it("is checked by the doctor", () => {
    const stack = { status: "CREATE_COMPLETE", place: "account 123456789012, ap-northeast-1", resources: [] };

    expect(checkProtection("prod", { ...stack, isProtected: true })).toMatchObject([{ state: "ok", fix: null }]);
    expect(checkProtection("prod", { ...stack, isProtected: false })).toMatchObject([
      { state: "warning", fix: expect.stringContaining("--stack-name baton-prod") as string },
    ]);
    expect(checkProtection("local-1", { ...stack, isProtected: false })).toEqual([]);
  });

  it(
    "keeps the resources with data when it is removed",
    async () => {
      await cloudFormation.send(
        new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
      );

      await remove();

      const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: `${name}-incidents` }));
      expect(Table).toMatchObject({ TableStatus: "ACTIVE", DeletionProtectionEnabled: true });
      await expect(dynamoDb.send(new DeleteTableCommand({ TableName: `${name}-incidents` }))).rejects.toThrow(
        /protection/i,
      );
    },
    TIMEOUT_MS,
  );
});
