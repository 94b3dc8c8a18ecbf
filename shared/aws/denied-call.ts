/** A call of an SDK client. */
export interface AwsCall {
  /** The SDK's name, such as `SQSClient`. */
  clientName: string;
  /** The SDK's name, such as `SendMessageCommand`. */
  commandName: string;
  input: object;
}

/** Names of the services in policies. */
const NAMESPACES: Readonly<Record<string, string>> = {
  DynamoDBClient: "dynamodb",
  EventBridgeClient: "events",
  QuickSightClient: "quicksight",
  S3Client: "s3",
  SecretsManagerClient: "secretsmanager",
  SNSClient: "sns",
  SQSClient: "sqs",
};

/** Calls whose action has another name in policies. @see Service Authorization Reference, "Actions defined by Amazon S3" and "SQS" */
const RIGHTS: Readonly<Record<string, string>> = {
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  CopyObject: "PutObject (and s3:GetObject on its source)",
  DeleteMessageBatch: "DeleteMessage",
  HeadObject: "GetObject",
  ListObjectsV2: "ListBucket",
  SendMessageBatch: "SendMessage",
};

/** Parameters that name the resource of a call; the first one present counts. */
const NAMING = ["QueueUrl", "TopicArn", "TableName", "SecretId", "DataSetId"];

/** The action that a policy must allow for a call: `s3:GetObject`. */
export function deniedAction({ clientName, commandName }: AwsCall): string {
  const call = commandName.replace(/Command$/, "");
  return `${NAMESPACES[clientName] ?? clientName.replace(/Client$/, "").toLowerCase()}:${RIGHTS[call] ?? call}`;
}

/** The resource of a call: an object as `s3://bucket/key`, anything else by its name in the call. */
export function deniedResource({ input }: AwsCall): string {
  const values = new Map(Object.entries(input).filter(([, value]) => typeof value === "string"));
  const bucket = text(values.get("Bucket"));
  if (bucket !== "") {
    const source = text(values.get("CopySource"));
    const key = text(values.get("Key"));
    return `s3://${bucket}${key === "" ? "" : `/${key}`}${source === "" ? "" : ` from s3://${source}`}`;
  }
  const name = NAMING.map((parameter) => text(values.get(parameter))).find((value) => value !== "");
  return name ?? busOf(input) ?? "an unnamed resource";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The bus that events were sent to: each entry names it. */
function busOf(input: object): string | undefined {
  if (!("Entries" in input) || !Array.isArray(input.Entries)) return undefined;
  const [entry] = input.Entries as unknown[];
  if (typeof entry !== "object" || entry === null || !("EventBusName" in entry)) return undefined;
  return `bus ${text(entry.EventBusName)}`;
}
