import { z } from "zod";
import { oneLine } from "../events/one-line.ts";
import { isLocalStage } from "../shared/config/is-local-stage.ts";
import { parseSource, timeOfDay, type Source } from "../shared/config/source.ts";
import { PermanentError } from "../shared/errors/errors.ts";

/** The interface through which osls passes variables to a generator, such as `self:custom.layers`. */
export interface Variables {
  resolveVariable: (name: string) => Promise<unknown>;
}

/** Values are strings on the command line; in serverless.yml they may be numbers or booleans. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const number = z.coerce.number();
/** Several values, separated by commas. */
const list = text.transform((values) =>
  values
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== ""),
);

/** A server: `host[:port]`; empty for none. */
const place = text.pipe(z.string().regex(/^([\w.-]+(:\d{1,5})?)?$/, "expected HOST or HOST:PORT"));

/** IAM policies do not accept a key's alias as resource, so keys are given as ARNs. */
const KEY_ARN = /^(arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+)?$/;
const FIND_KEY_ARN = "aws kms describe-key --key-id ALIAS --query KeyMetadata.Arn";

/** The parameters of serverless.yml, where each is described. */
const parametersSchema = z.strictObject({
  intervalScale: number,
  heartbeatSeconds: number,
  logRetentionDays: number,
  startOnManifest: text,
  scheduleState: text,
  schemaPrefix: text,
  targetFingerprint: text,
  databaseEndpoint: text,
  databasePort: text,
  databaseUser: text,
  databasePassword: text,
  databaseSecretArn: text,
  databaseLoaderSecretArn: text,
  databaseDbtSecretArn: text,
  databaseLedgerSecretArn: text,
  databaseReviewSecretArn: text,
  migrateFrom: place,
  migrateFromSecretArn: text,
  migrateTo: place,
  migrateToSecretArn: text,
  databaseAuth: z.enum(["password", "iam"]),
  databaseResourceId: text,
  databaseUserPrefix: text,
  databaseTls: text,
  databaseCa: text,
  vpcSubnetIds: list,
  vpcSecurityGroupIds: list,
  dbtImage: text,
  dbtPython: text,
  dbtProject: text,
  dbtThreads: text,
  awsEndpoint: text,
  logLevel: text,
  logSampleRate: text,
  runDeadline: z.union([z.literal(""), timeOfDay]),
  turnLimitMinutes: text,
  alertEmails: list,
  webhookSecretArn: text,
  webhookFormat: text,
  consoleUrl: text,
  quicksightDataSets: list,
  quicksightEndpoint: text,
  kmsKeyArn: text.pipe(
    z
      .string()
      .regex(KEY_ARN, `expected arn:aws:kms:<region>:<account>:key/<id>, which this command prints: ${FIND_KEY_ARN}`),
  ),
  permissionsBoundaryArn: text,
  redriveRoleArns: list,
  deletionProtection: text.pipe(z.enum(["", "true", "false"])),
});

/** A server of a move, and the secret with its user. */
interface MigrationSide {
  host: string;
  port: string;
  secretArn: string;
}

/** The parameters of an environment, and values derived from its name. */
export type Settings = z.infer<typeof parametersSchema> & {
  stage: string;
  source: Source;
  isLocal: boolean;
  /** `cron()` of the schedule, in the source's time zone. */
  scheduleExpression: string;
  /** The two servers of a move; undefined without the function migrate. */
  migration: { from: MigrationSide; to: MigrationSide } | undefined;
  /** Data is retained when the stack is deleted. */
  isProtected: boolean;
  /** The section of serverless/resources/by-target.yml that applies. */
  target: "aws" | "emulator";
  manifestRuleState: "ENABLED" | "DISABLED";
};

/** Names of the parameters on the command line, which override the environment's own values. */
async function givenParameters({ resolveVariable }: Variables): Promise<Set<string>> {
  const options = z.looseObject({ param: z.union([z.string(), z.array(z.string())]).nullish() });
  const { param } = options.parse(await resolveVariable("opt:"));
  return new Set([param ?? []].flat().map((given) => given.split("=", 1)[0] ?? ""));
}

/**
 * Reads the parameters of the environment. Environments named `local` or `local-*` have the parameters of `local`.
 *
 * @throws PermanentError CONFIG_INVALID naming the parameter
 */
export async function readSettings(variables: Variables): Promise<Settings> {
  const stage = String(await variables.resolveVariable("sls:stage"));
  const isLocal = isLocalStage(stage);
  const parameters: Record<string, unknown> = {};
  for (const name of Object.keys(parametersSchema.shape)) {
    parameters[name] = await variables.resolveVariable(`param:${name}`);
  }
  if (isLocal && stage !== "local") {
    const given = await givenParameters(variables);
    const local = z.record(z.string(), z.unknown()).parse(await variables.resolveVariable("self:params.local"));
    for (const [name, value] of Object.entries(local)) if (!given.has(name)) parameters[name] = value;
  }
  const parsed = parametersSchema.safeParse(parameters);
  if (!parsed.success) {
    throw new PermanentError("CONFIG_INVALID", `parameters of environment ${stage}: ${oneLine(parsed.error)}`);
  }
  const { deletionProtection, startOnManifest } = parsed.data;
  const migration = migrationOf(parsed.data, stage);
  const source = parseSource(await variables.resolveVariable("self:custom.source"));
  const [hour, minute] = source.schedule.split(":").map(Number);
  return {
    ...parsed.data,
    stage,
    source,
    migration,
    scheduleExpression: `cron(${minute ?? 0} ${hour ?? 0} * * ? *)`,
    isLocal,
    isProtected: deletionProtection === "" ? !isLocal : deletionProtection === "true",
    target: isLocal ? "emulator" : "aws",
    manifestRuleState: startOnManifest === "true" ? "ENABLED" : "DISABLED",
  };
}

/** @throws PermanentError CONFIG_INVALID when only some of the parameters are given */
function migrationOf(parameters: z.infer<typeof parametersSchema>, stage: string): Settings["migration"] {
  const names = ["migrateFrom", "migrateFromSecretArn", "migrateTo", "migrateToSecretArn"] as const;
  const missing = names.filter((name) => parameters[name] === "");
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    throw new PermanentError(
      "CONFIG_INVALID",
      `environment ${stage}: the function migrate also needs --param=${missing.join("=... --param=")}=...: docs/migrate.md`,
    );
  }
  const sideOf = (server: string, secretArn: string): MigrationSide => {
    const [host = "", port = "3306"] = server.split(":");
    return { host, port, secretArn };
  };
  const { migrateFrom, migrateFromSecretArn, migrateTo, migrateToSecretArn } = parameters;
  return { from: sideOf(migrateFrom, migrateFromSecretArn), to: sideOf(migrateTo, migrateToSecretArn) };
}
