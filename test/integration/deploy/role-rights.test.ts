import { CLUSTER_ID, KEY, MIGRATE_SECRETS, packagedTemplate } from "./packaged-template.ts";
import { rightsIn } from "./rights-in.ts";

const LOGIN = "arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser";
const WRITE = ["kms:Decrypt", "kms:GenerateDataKey"];

/** Each function's user of the warehouse, by its role. */
const USERS: Readonly<Record<string, string>> = {
  StagingRole: "baton_loader",
  ...{ SilverRole: "baton_dbt", GoldRole: "baton_dbt", DocsRole: "baton_dbt" },
  ...{ SweepRole: "baton_dbt", PulseRole: "baton_ledger", ReplayRole: "baton_ledger", ConsoleRole: "baton_ledger" },
  ReviewRole: "baton_review",
};
/** Roles that read and write data encrypted with the key: messages and objects. */
const WRITERS = [
  ...[
    "StagingRole",
    "SilverRole",
    "GoldRole",
    "NotifyRole",
    "RefreshRole",
    "ConsoleRole",
    "DocsRole",
    "ReviewRole",
    "MigrateRole",
    "ReplayRole",
  ],
  ...["PulseRole", "ScheduleRole", "SweepRole"],
];

/** Actions of a service by role, each with its resource. */
function rightsOf(service: string, template: string): Record<string, { action: string; resource: string }[]> {
  const rights = rightsIn(template).filter(({ action }) => action.startsWith(`${service}:`));
  return Object.fromEntries(
    [...new Set(rights.map(({ role }) => role))].map((name) => [
      name,
      rights.filter(({ role }) => role === name).map(({ action, resource }) => ({ action, resource })),
    ]),
  );
}

/** Actions of a service by role, sorted and without duplicates. */
function actionsOf(service: string, template: string): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(rightsOf(service, template)).map(([role, rights]) => [
      role,
      [...new Set(rights.map(({ action }) => action))].sort(),
    ]),
  );
}

const users = Object.fromEntries(WRITERS.map((role) => [role, WRITE]));

describe("the roles, packaged", () => {
  it("log in as one user of one cluster each and read no secret except those of a move, if databaseAuth is iam", async () => {
    const template = await packagedTemplate("signed");

    expect(rightsOf("rds-db", template)).toEqual(
      Object.fromEntries(
        Object.entries(USERS).map(([role, user]) => [
          role,
          [{ action: "rds-db:connect", resource: JSON.stringify({ "Fn::Sub": `${LOGIN}:${CLUSTER_ID}/${user}` }) }],
        ]),
      ),
    );
    const action = "secretsmanager:GetSecretValue";
    expect(rightsOf("secretsmanager", template)).toEqual({
      MigrateRole: MIGRATE_SECRETS.map((resource) => ({ action, resource })),
    });
  }, 120_000);

  it("let the function migrate reach its queues, its answers and its secrets, and nothing else", async () => {
    const template = await packagedTemplate("signed");
    const services = new Set(
      rightsIn(template).flatMap(({ role, action }) => (role === "MigrateRole" ? [action.split(":")[0]] : [])),
    );
    const objects = JSON.stringify({ "Fn::Sub": "${Bucket.Arn}/migrations/*" });

    expect([...services].sort()).toEqual(["ec2", "kms", "logs", "s3", "secretsmanager", "sqs", "xray"]);
    expect(rightsOf("s3", template)["MigrateRole"]).toEqual([
      { action: "s3:ListBucket", resource: JSON.stringify({ "Fn::GetAtt": ["Bucket", "Arn"] }) },
      ...["s3:GetObject", "s3:PutObject"].map((action) => ({ action, resource: objects })),
    ]);
  }, 120_000);

  it("may not log in with IAM tokens if there are secrets", async () => {
    expect(rightsOf("rds-db", await packagedTemplate("plain"))).toEqual({});
  }, 120_000);

  it("use only the configured key, and encrypt only where they send or store data", async () => {
    const signed = await packagedTemplate("signed");

    expect(actionsOf("kms", signed)).toEqual(users);
    for (const { resource } of Object.values(rightsOf("kms", signed)).flat()) expect(resource).toBe(KEY);
  }, 120_000);

  it("may also decrypt if they read a secret that the key may have encrypted", async () => {
    expect(actionsOf("kms", await packagedTemplate("keyed"))).toEqual(users);
  }, 120_000);

  it("use only the alerts' key if none is configured, and only to publish", async () => {
    expect(rightsOf("kms", await packagedTemplate("plain"))).toEqual({
      NotifyRole: WRITE.map((action) => ({ action, resource: JSON.stringify({ "Fn::GetAtt": ["AlertsKey", "Arn"] }) })),
    });
  }, 120_000);
});
