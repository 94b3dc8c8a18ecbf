"use strict";
// How functions reach the warehouse: where it is, as which of its users, by which network.

const { readByKey } = require("./encryption.cjs");
const listOf = require("./list-of.cjs");

const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** Each user of the warehouse with the parameter that names its secret (shared/warehouse/users/grants.ts says what it may do). */
const SECRETS = {
  loader: "databaseLoaderSecretArn",
  dbt: "databaseDbtSecretArn",
  ledger: "databaseLedgerSecretArn",
};

/** The user's own secret, else the one for all; none where its role signs tokens. */
function secretOf(user, settings) {
  if (settings.databaseAuth === "iam") return "";
  return settings[SECRETS[user]] || settings.databaseSecretArn;
}

function warehouseEnvironment(user, settings) {
  return {
    AURORA_ENDPOINT: settings.databaseEndpoint,
    AURORA_PORT: String(settings.databasePort),
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

/** The right to log in as one database user, by a token. @see Aurora User Guide, "Creating and using an IAM policy for IAM database access" */
function loginAccess(user, { databaseAuth, databaseResourceId, databaseUserPrefix, stage }) {
  if (databaseAuth !== "iam") return [];
  if (databaseResourceId === "") {
    throw new Error(
      `stage ${stage}: databaseAuth=iam needs --param=databaseResourceId=cluster-...: docs/deploy.md, step 3`,
    );
  }
  const account = `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser`;
  const resource = `${account}:${databaseResourceId}/${databaseUserPrefix}${user}`;
  return [{ Effect: "Allow", Action: ["rds-db:connect"], Resource: { "Fn::Sub": resource } }];
}

/** What it takes to reach the warehouse: the user's secret or token, and a network interface in its network. */
function warehouseAccess(user, settings) {
  const secret = secretOf(user, settings);
  return [
    ...(secret ? [{ Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: secret }] : []),
    ...loginAccess(user, settings),
    // a secret may be encrypted by the stage's key, too
    ...(secret ? readByKey(settings) : []),
    // Lambda makes the interfaces in the role's name, and AWS lets these actions be restricted to no resource
    ...(settings.vpcSubnetIds ? [{ Effect: "Allow", Action: NETWORK_ACTIONS, Resource: "*" }] : []),
  ];
}

/** Functions that reach the warehouse run where it is, when the stage names subnets. */
function network({ vpcSubnetIds, vpcSecurityGroupIds }) {
  if (vpcSubnetIds === "") return {};
  return { vpc: { subnetIds: listOf(vpcSubnetIds), securityGroupIds: listOf(vpcSecurityGroupIds) } };
}

module.exports = { network, warehouseAccess, warehouseEnvironment };
