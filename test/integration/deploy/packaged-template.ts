import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../../../local/with-lock.ts";
import { testServices } from "../../support/services.ts";
import { packageStage } from "./package-stage.ts";

export const SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:baton-AbCdEf";
export const DBT_SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:dbt-GhIjKl";
export const LEDGER_SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:ledger-MnOpQr";
export const REVIEW_SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:review-StUvWx";
/** Of both servers of a move. */
export const MIGRATE_SECRETS = ["from-YzAbCd", "to-EfGhIj"].map(
  (name) => `arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:migrate-${name}`,
);
export const KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/0f1e2d3c-0000-0000-0000-000000000000";
export const IMAGE = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/baton-prod-dbt@sha256:${"0a".repeat(32)}`;
export const BOUNDARY = "arn:aws:iam::123456789012:policy/deploy-baton-prod-boundary";
export const CLUSTER_ID = "cluster-ABCDEFGHIJKLMNOP";

const OPTIONAL = [
  ...[`databaseSecretArn=${SECRET}`, `databaseDbtSecretArn=${DBT_SECRET}`, `webhookSecretArn=${SECRET}`],
  `databaseLedgerSecretArn=${LEDGER_SECRET}`,
  `databaseReviewSecretArn=${REVIEW_SECRET}`,
  "quicksightDataSets=contracts",
];
const IN_A_VPC = [
  "databaseEndpoint=cluster.example.ap-northeast-1.rds.amazonaws.com",
  `dbtImage=${IMAGE}`,
  ...["vpcSubnetIds=subnet-1,subnet-2", "vpcSecurityGroupIds=sg-1"],
];

const A_MOVE = [
  ...["migrateFrom=cluster.example.ap-northeast-1.rds.amazonaws.com", "migrateTo=next.example:3307"],
  ...[`migrateFromSecretArn=${MIGRATE_SECRETS[0]}`, `migrateToSecretArn=${MIGRATE_SECRETS[1]}`],
];

/** Kinds of deployment that the tests examine. */
const SHAPES = {
  /** As docs/deploy.md deploys it. */
  plain: { stage: "prod", parameters: [...IN_A_VPC, ...OPTIONAL] },
  /** With a customer-managed KMS key and the function migrate, without deletion protection, and with its own log settings. */
  keyed: {
    stage: "trial",
    parameters: [
      ...[...IN_A_VPC, ...OPTIONAL, ...A_MOVE, `kmsKeyArn=${KEY}`, "deletionProtection=false"],
      ...["logLevel=WARN", "logSampleRate=1"],
    ],
  },
  /** With tokens instead of passwords, a key, the function migrate, and a permissions boundary on all roles. */
  signed: {
    stage: "prod",
    parameters: [
      ...[...IN_A_VPC, ...A_MOVE],
      ...["databaseAuth=iam", `databaseResourceId=${CLUSTER_ID}`, `kmsKeyArn=${KEY}`],
      `permissionsBoundaryArn=${BOUNDARY}`,
    ],
  },
  /** As deployed by the test of single rights. */
  local: { stage: "local", parameters: [...OPTIONAL, ...A_MOVE] },
} as const satisfies Record<string, { stage: string; parameters: readonly string[] }>;

/** The CloudFormation template of a kind of deployment, packaged once per test run because it takes seconds. */
export async function packagedTemplate(shape: keyof typeof SHAPES): Promise<string> {
  const folder = join(testServices().folder, "packaged");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${shape}.json`);
  return withLock(`${file}.lock`, async () => {
    const kept = await readFile(file, "utf8").catch(() => undefined);
    if (kept !== undefined) return kept;
    const { stage, parameters } = SHAPES[shape];
    const made = await packageStage(stage, parameters);
    await writeFile(file, made);
    return made;
  });
}
