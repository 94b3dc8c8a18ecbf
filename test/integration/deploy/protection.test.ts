import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import { DeleteTableCommand, DescribeTableCommand, DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { checkProtection } from "../../../cli/doctor/check-protection.ts";
import { undeploy } from "../../../local/deploy.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { testServices } from "../../support/services.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";
import { waitFor } from "../../support/wait-for.ts";
import { packagedTemplate } from "./packaged-template.ts";

const TIMEOUT_MS = 120_000;

/** The steps of docs/deploy.md, "Remove", on the emulator. @slow */
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

/** The steps of docs/deploy.md after a failed first deployment, for the resources that are retained later. */
describe("a first deployment that fails half-way", () => {
  const cloudFormation = new CloudFormationClient(clientOptions(testServices().emulator));
  const StackName = "baton-half-way";
  let retained: [string, object][];

  beforeAll(async () => {
    const text = (await packagedTemplate("plain")).replaceAll("baton-prod", StackName);
    const { Resources } = JSON.parse(text) as { Resources: Record<string, { DeletionPolicy?: string; Type: string }> }; // written by osls
    retained = Object.entries(Resources).filter(
      // the emulator's CloudFormation creates no archives
      ([, { DeletionPolicy, Type }]) => DeletionPolicy !== undefined && Type !== "AWS::Events::Archive",
    );
  }, TIMEOUT_MS);
  afterAll(async () => {
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    cloudFormation.destroy();
  });

  /** @returns the state in which the stack ends, and the last state of each resource */
  async function create(resources: readonly [string, object][]): Promise<Record<string, string | undefined>> {
    const TemplateBody = JSON.stringify({ Resources: Object.fromEntries(resources) });
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    await waitFor("the stack", async () => {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return Stacks?.[0]?.StackStatus?.endsWith("IN_PROGRESS") === true ? undefined : true;
    });
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    // newest first
    return Object.fromEntries(
      StackEvents.toReversed().map(({ LogicalResourceId, ResourceStatus }) => [
        LogicalResourceId ?? "",
        ResourceStatus,
      ]),
    );
  }

  it("leaves nothing behind that blocks the next one", async () => {
    const ids = retained.map(([id]) => id);
    const broken = { Type: "AWS::SQS::Queue", DependsOn: ids, Properties: { QueueName: "no-queue.fifo" } };

    const first = await create([...retained, ["Broken", broken]]);
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    // everything before the broken resource is created again
    const second = await create([...retained, ["Broken", broken]]);

    const removed = Object.fromEntries(ids.map((id) => [id, "DELETE_COMPLETE"]));
    expect(ids.length).toBeGreaterThan(20);
    expect(first).toEqual({ [StackName]: "ROLLBACK_COMPLETE", Broken: "CREATE_FAILED", ...removed });
    expect(second).toEqual(first);
  });
});
