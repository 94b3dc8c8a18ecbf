"use strict";
// How functions reach the warehouse: where it is, as which of its users, by which network.

const listOf = require("./list-of.cjs");

const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** Each user of the warehouse with the parameter that names its secret (shared/db/grants.ts says what it may do). */
const SECRETS = {
  loader: "databaseLoaderSecretArn",
  dbt: "databaseDbtSecretArn",
  ledger: "databaseLedgerSecretArn",
};

/** The user's own secret, else the one for all. */
function secretOf(user, settings) {
  return settings[SECRETS[user]] || settings.databaseSecretArn;
}

/** Which user a layer's function is: dbt builds every layer that listens to another, the first one is loaded. */
const userOfLayer = ({ runsDbt }) => (runsDbt ? "dbt" : "loader");

function warehouseEnvironment(user, settings) {
  return {
    AURORA_ENDPOINT: settings.databaseEndpoint,
    AURORA_PORT: String(settings.databasePort),
    AURORA_USER: settings.databaseUser,
    AURORA_PASSWORD: settings.databasePassword,
    AURORA_SECRET_ARN: secretOf(user, settings),
    BATON_DATABASE_TLS: settings.databaseTls,
    BATON_DATABASE_CA: settings.databaseCa,
    BATON_SCHEMA_PREFIX: settings.schemaPrefix,
  };
}

/** What it takes to reach the warehouse: the user's secret, and a network interface in its network. */
function warehouseAccess(user, settings) {
  const secret = secretOf(user, settings);
  return [
    ...(secret ? [{ Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: secret }] : []),
    // Lambda makes the interfaces in the role's name, and AWS lets these actions be restricted to no resource
    ...(settings.vpcSubnetIds ? [{ Effect: "Allow", Action: NETWORK_ACTIONS, Resource: "*" }] : []),
  ];
}

/** Functions that reach the warehouse run where it is, when the stage names subnets. */
function network({ vpcSubnetIds, vpcSecurityGroupIds }) {
  if (vpcSubnetIds === "") return {};
  return { vpc: { subnetIds: listOf(vpcSubnetIds), securityGroupIds: listOf(vpcSecurityGroupIds) } };
}

module.exports = { network, userOfLayer, warehouseAccess, warehouseEnvironment };
