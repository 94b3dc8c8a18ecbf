// How functions reach the warehouse: its address, the database user, the network.
import { PermanentError } from "../shared/errors/errors.ts";
import type { DatabaseUser } from "../shared/warehouse/users/grants.ts";
import { allow, type Statement } from "./cloudformation.ts";
import { readByKey } from "./encryption.ts";
import type { Settings } from "./settings.ts";

const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** Database users of functions; the other users are for people and dashboards. */
type FunctionUser = Exclude<DatabaseUser, "operator" | "reader">;

/** The user's own secret, else the secret for all users; empty when functions log in with IAM tokens. */
function secretOf(user: FunctionUser, settings: Settings): string {
  if (settings.databaseAuth === "iam") return "";
  const secrets = {
    loader: settings.databaseLoaderSecretArn,
    dbt: settings.databaseDbtSecretArn,
    ledger: settings.databaseLedgerSecretArn,
    review: settings.databaseReviewSecretArn,
  };
  return secrets[user] || settings.databaseSecretArn;
}

/** The environment variables with the address and user of the warehouse (shared/config/warehouse-config.ts). */
export function warehouseEnvironment(user: FunctionUser, settings: Settings): Record<string, string> {
  return {
    AURORA_ENDPOINT: settings.databaseEndpoint,
    AURORA_PORT: settings.databasePort,
    AURORA_USER: settings.databaseUser,
    AURORA_PASSWORD: settings.databasePassword,
    AURORA_SECRET_ARN: secretOf(user, settings),
    ...(settings.databaseAuth === "iam" && {
      AURORA_USER: settings.databaseUserPrefix + user,
      BATON_DATABASE_AUTH: "iam",
    }),
    BATON_DATABASE_TLS: settings.databaseTls,
    BATON_DATABASE_CA: settings.databaseCa,
    BATON_SCHEMA_PREFIX: settings.schemaPrefix,
  };
}

/**
 * The right to log in as one database user with a token.
 *
 * @see Aurora User Guide, "Creating and using an IAM policy for IAM database access"
 */
function loginAccess(user: FunctionUser, settings: Settings): Statement[] {
  const { databaseAuth, databaseResourceId, databaseUserPrefix, stage } = settings;
  if (databaseAuth !== "iam") return [];
  if (databaseResourceId === "") {
    throw new PermanentError(
      "CONFIG_INVALID",
      `environment ${stage}: databaseAuth=iam needs --param=databaseResourceId=cluster-...: docs/deploy.md, step 3`,
    );
  }
  const account = "arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser";
  return [allow(["rds-db:connect"], { "Fn::Sub": `${account}:${databaseResourceId}/${databaseUserPrefix}${user}` })];
}

/** The rights to reach the warehouse: the user's secret or token, and network interfaces in its network. */
export function warehouseAccess(user: FunctionUser, settings: Settings): Statement[] {
  const secret = secretOf(user, settings);
  return [
    ...(secret === "" ? [] : [allow(["secretsmanager:GetSecretValue"], secret)]),
    ...loginAccess(user, settings),
    // the secret may also be encrypted with the environment's key
    ...(secret === "" ? [] : readByKey(settings)),
    ...networkAccess(settings),
  ];
}

/** Lambda creates the interfaces with the function's role, and AWS cannot restrict these actions to a resource. */
export function networkAccess({ vpcSubnetIds }: Settings): Statement[] {
  return vpcSubnetIds.length === 0 ? [] : [allow(NETWORK_ACTIONS, "*")];
}

/** The environment variables with both servers of a move; the first are those of the warehouse. */
export function migrationEnvironment(
  { from, to }: NonNullable<Settings["migration"]>,
  { databaseTls, databaseCa, schemaPrefix }: Settings,
): Record<string, string> {
  return {
    AURORA_ENDPOINT: from.host,
    AURORA_PORT: from.port,
    AURORA_SECRET_ARN: from.secretArn,
    BATON_MIGRATE_TO_ENDPOINT: to.host,
    BATON_MIGRATE_TO_PORT: to.port,
    BATON_MIGRATE_TO_SECRET_ARN: to.secretArn,
    BATON_DATABASE_TLS: databaseTls,
    BATON_DATABASE_CA: databaseCa,
    BATON_SCHEMA_PREFIX: schemaPrefix,
  };
}

/** Functions that use the warehouse run in its network, if the environment names subnets. */
export function network({ vpcSubnetIds, vpcSecurityGroupIds }: Settings) {
  return vpcSubnetIds.length === 0 ? {} : { vpc: { subnetIds: vpcSubnetIds, securityGroupIds: vpcSecurityGroupIds } };
}
