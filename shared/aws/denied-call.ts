/** A call of an SDK client. */
export interface AwsCall {
  /** As the SDK names it: `SQSClient`. */
  clientName: string;
  /** As the SDK names it: `SendMessageCommand`. */
  commandName: string;
  input: object;
}

/** How policies name the services that functions call. */
const NAMESPACES: Readonly<Record<string, string>> = {
  DynamoDBClient: "dynamodb",
  EventBridgeClient: "events",
  QuickSightClient: "quicksight",
  S3Client: "s3",
  SecretsManagerClient: "secretsmanager",
  SNSClient: "sns",
  SQSClient: "sqs",
};

/** Calls whose right has another name. @see Service Authorization Reference, "Actions defined by Amazon S3" and "SQS" */
const RIGHTS: Readonly<Record<string, string>> = {
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  CopyObject: "PutObject (and s3:GetObject on its source)",
  DeleteMessageBatch: "DeleteMessage",
  HeadObject: "GetObject",
  ListObjectsV2: "ListBucket",
  SendMessageBatch: "SendMessage",
};

/** Parameters that name what a call is about, the first that is there counts. */
const NAMING = ["QueueUrl", "TopicArn", "TableName", "SecretId", "DataSetId"];

/** The right that a call takes, as a policy names it: `s3:GetObject`. */
export function deniedAction({ clientName, commandName }: AwsCall): string {
  const call = commandName.replace(/Command$/, "");
  return `${NAMESPACES[clientName] ?? clientName.replace(/Client$/, "").toLowerCase()}:${RIGHTS[call] ?? call}`;
}

/** What a call is about: an object as `s3://bucket/key`, anything else by the name that the call gives it. */
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
