import { deniedAction, deniedResource } from "../../../shared/aws/denied-call.ts";

const call = (clientName: string, commandName: string, input: object) => ({ clientName, commandName, input });

describe("a refused call", () => {
  it.each([
    [call("S3Client", "HeadObjectCommand", { Bucket: "b", Key: "dumps/a.sql" }), "s3:GetObject on s3://b/dumps/a.sql"],
    [call("S3Client", "ListObjectsV2Command", { Bucket: "b", Prefix: "x" }), "s3:ListBucket on s3://b"],
    [
      call("SQSClient", "SendMessageBatchCommand", { QueueUrl: "https://q/1/gold" }),
      "sqs:SendMessage on https://q/1/gold",
    ],
    [
      call("SNSClient", "PublishCommand", { TopicArn: "arn:aws:sns:r:1:alerts" }),
      "sns:Publish on arn:aws:sns:r:1:alerts",
    ],
    [
      call("EventBridgeClient", "PutEventsCommand", { Entries: [{ EventBusName: "baton" }] }),
      "events:PutEvents on bus baton",
    ],
    [call("KMSClient", "DecryptCommand", { CiphertextBlob: new Uint8Array() }), "kms:Decrypt on an unnamed resource"],
  ])("is described with the action and resource of a policy: %j", (refused, expected) => {
    expect(`${deniedAction(refused)} on ${deniedResource(refused)}`).toBe(expected);
  });

  it("of a copy is described with both objects and both actions", () => {
    const copy = call("S3Client", "CopyObjectCommand", { Bucket: "b", Key: "processed/a", CopySource: "b/dumps/a" });

    expect(deniedAction(copy)).toBe("s3:PutObject (and s3:GetObject on its source)");
    expect(deniedResource(copy)).toBe("s3://b/processed/a from s3://b/dumps/a");
  });
});
