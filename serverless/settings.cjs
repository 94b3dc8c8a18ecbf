"use strict";
// The parameters of the stage. Every stage named local or local-* takes the parameters of `local`.

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

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable("sls:stage");
  const settings = { stage, isLocal: /^local(-|$)/.test(stage) };
  for (const name of NAMES) settings[name] = await resolveVariable(`param:${name}`);
  if (settings.isLocal && stage !== "local") {
    const local = await resolveVariable("self:params.local");
    const fallback = await resolveVariable("self:params.default");
    for (const [name, value] of Object.entries(local)) {
      // what was given on the command line stands
      if (settings[name] === fallback[name]) settings[name] = value;
    }
  }
  if (settings.kmsKeyArn !== "" && !KEY_ARN.test(settings.kmsKeyArn)) {
    throw new Error(
      `kmsKeyArn is ${settings.kmsKeyArn}, expected arn:aws:kms:<region>:<account>:key/<id>: aws kms describe-key --key-id <alias> --query KeyMetadata.Arn`,
    );
  }
  return { ...settings, isProtected: isProtected(settings) };
};
