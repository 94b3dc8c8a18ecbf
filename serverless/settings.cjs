"use strict";
// The parameters of the stage. Every stage named local or local-* takes the parameters of `local`.

const { isLocalStage } = require("../shared/config/is-local-stage.ts");

const NAMES = [
  "intervalScale",
  "heartbeatSeconds",
  "logRetentionDays",
  "startOnManifest",
  "scheduleState",
  "schemaPrefix",
  "targetFingerprint",
  "databaseEndpoint",
  "databasePort",
  "databaseUser",
  "databasePassword",
  "databaseSecretArn",
  "databaseLoaderSecretArn",
  "databaseDbtSecretArn",
  "databaseLedgerSecretArn",
  "databaseAuth",
  "databaseResourceId",
  "databaseUserPrefix",
  "databaseTls",
  "databaseCa",
  "vpcSubnetIds",
  "vpcSecurityGroupIds",
  "preserveEmptyTables",
  "dbtImage",
  "dbtPython",
  "dbtProject",
  "dbtThreads",
  "awsEndpoint",
  "logLevel",
  "logSampleRate",
  "runDeadline",
  "alertEmails",
  "webhookSecretArn",
  "webhookFormat",
  "consoleUrl",
  "quicksightDataSets",
  "quicksightEndpoint",
  "kmsKeyArn",
  "permissionsBoundaryArn",
  "deletionProtection",
];

/** Keys are named by their ARN alone: roles cannot be given an alias. */
const KEY_ARN = /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

function isProtected({ deletionProtection, isLocal, stage }) {
  // a command line gives text, serverless.yml may hold a boolean
  switch (String(deletionProtection)) {
    case "":
      return !isLocal;
    case "true":
      return true;
    case "false":
      return false;
    default:
      throw new Error(`stage ${stage}: deletionProtection is ${deletionProtection}, expected true or false`);
  }
}

/** Names of the parameters on the command line: those stand, whatever the stage's own are. */
async function givenParameters(resolveVariable) {
  const options = await resolveVariable("opt:");
  return new Set([options.param ?? []].flat().map((text) => text.split("=")[0]));
}

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable("sls:stage");
  const settings = { stage, isLocal: isLocalStage(stage) };
  for (const name of NAMES) settings[name] = await resolveVariable(`param:${name}`);
  if (settings.isLocal && stage !== "local") {
    const given = await givenParameters(resolveVariable);
    const local = await resolveVariable("self:params.local");
    for (const [name, value] of Object.entries(local)) if (!given.has(name)) settings[name] = value;
  }
  if (settings.kmsKeyArn !== "" && !KEY_ARN.test(settings.kmsKeyArn)) {
    throw new Error(
      `kmsKeyArn is ${settings.kmsKeyArn}, expected arn:aws:kms:<region>:<account>:key/<id>: aws kms describe-key --key-id <alias> --query KeyMetadata.Arn`,
    );
  }
  return { ...settings, isProtected: isProtected(settings) };
};
