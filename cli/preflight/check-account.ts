import { z } from "zod";
import { failed, ok, warning, type Check } from "../doctor/check.ts";
import { propertiesOf, type PreflightPorts } from "./preflight-ports.ts";

/** Checks that what the settings name is in the account and region of the credentials. */
export function checkPlace({ template, account, region }: PreflightPorts): Check {
  const arns = template.text.matchAll(/arn:aws[\w-]*:[\w-]+:([\w-]+):(\d{12}):[^"]+/g);
  const images = template.text.matchAll(/(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com[^"]+/g);
  const named = [
    ...[...arns].map(([text, place, owner]) => ({ text, place, owner })),
    ...[...images].map(([text, owner, place]) => ({ text, place, owner })),
  ];
  const elsewhere = new Set(named.flatMap(({ text, place, owner }) => (place === region && owner === account ? [] : [text])));
  if (elsewhere.size === 0) return ok("account and region", `${account}, ${region}`);
  return failed(
    "account and region",
    `the credentials are for ${account} in ${region}, but the settings name ${[...elsewhere].join(", ")}`,
    "Sign in to the right account, or correct the settings: aws sts get-caller-identity, AWS_REGION",
  );
} // prettier-ignore

/** Concurrent calls: two for each event source mapping, and one for each other function. */
export async function checkConcurrency({ aws, template }: PreflightPorts): Promise<Check> {
  const schema = z.object({ AccountLimit: z.object({ UnreservedConcurrentExecutions: z.number() }) });
  const { AccountLimit } = await aws(schema, "lambda", "get-account-settings");
  const mappings = propertiesOf(template, "AWS::Lambda::EventSourceMapping").length;
  const needed = mappings + propertiesOf(template, "AWS::Lambda::Function").length;
  const found = `${AccountLimit.UnreservedConcurrentExecutions} concurrent executions, needed ${needed}`;
  if (AccountLimit.UnreservedConcurrentExecutions >= needed) return ok("Lambda concurrency", found);
  return warning(
    "Lambda concurrency",
    `${found}: functions are throttled and their messages wait`,
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000",
  );
}

/** Checks that every secret that a role may read exists. */
export async function checkSecrets({ aws, template }: PreflightPorts): Promise<Check> {
  const arns = [...new Set(template.text.match(/arn:aws[\w-]*:secretsmanager:[^"]+/g) ?? [])];
  const schema = z.looseObject({ Name: z.string(), DeletedDate: z.unknown().optional() });
  const secrets = await Promise.all(
    arns.map((arn) => aws(schema, "secretsmanager", "describe-secret", "--secret-id", arn)),
  );
  const deleted = secrets.flatMap(({ Name, DeletedDate }) => (DeletedDate === undefined ? [] : [Name]));
  if (deleted.length > 0) {
    return failed("secrets", `will be deleted: ${deleted.join(", ")}`, `aws secretsmanager restore-secret --secret-id ${deleted[0] ?? ""}`); // prettier-ignore
  }
  const names = secrets.map(({ Name }) => Name).join(", ");
  return ok("secrets", arns.length === 0 ? "none: functions log in with IAM tokens" : names);
}

/** Checks that the registry has the image, by its digest. */
export async function checkImage({ aws, template }: PreflightPorts): Promise<Check> {
  const [, repository, digest] = /amazonaws\.com\/([\w./-]+)@(sha256:[0-9a-f]{64})/.exec(template.text) ?? [];
  if (repository === undefined || digest === undefined) return ok("image", "none: the functions of a local environment run dbt from the set-up");
  const schema = z.object({ imageDetails: z.array(z.looseObject({})) });
  await aws(schema, "ecr", "describe-images", "--repository-name", repository, "--image-ids", `imageDigest=${digest}`);
  return ok("image", `${repository}@${digest.slice(0, 19)}`);
} // prettier-ignore

/** Services that use the environment's key on their own (deploy/key.yml). */
const KEY_USERS = ["events.amazonaws.com", "sns.amazonaws.com", "cloudwatch.amazonaws.com", "logs."];

/** Checks that the environment's KMS key is enabled, and that its policy admits the services that use it. */
export async function checkKey({ aws, template, stage }: PreflightPorts): Promise<Check> {
  const [arn] = template.text.match(/arn:aws[\w-]*:kms:[^"]+:key\/[^"]+/) ?? [];
  if (arn === undefined) return ok("KMS key", "none: keys of AWS, and a key for the topics");
  const described = z.object({ KeyMetadata: z.object({ KeyState: z.string() }) });
  const { KeyMetadata } = await aws(described, "kms", "describe-key", "--key-id", arn);
  const policySchema = z.object({ Policy: z.string() });
  const { Policy } = await aws(policySchema, "kms", "get-key-policy", "--key-id", arn, "--policy-name", "default");
  const missing = KEY_USERS.filter((service) => !Policy.includes(service));
  if (KeyMetadata.KeyState === "Enabled" && missing.length === 0) return ok("KMS key", `${arn} is enabled`);
  const found = missing.length > 0 ? `its policy does not name ${missing.join(", ")}` : `it is ${KeyMetadata.KeyState}`;
  return failed("KMS key", `${arn}: ${found}`, `docs/deploy.md, step 5: aws cloudformation deploy --stack-name baton-key-${stage} --template-file deploy/key.yml`);
} // prettier-ignore

/** Finds GitHub's identity provider, of which an account can have only one. */
export async function checkOidcProvider({ aws }: PreflightPorts): Promise<Check> {
  const schema = z.object({ OpenIDConnectProviderList: z.array(z.object({ Arn: z.string() })) });
  const { OpenIDConnectProviderList: providers } = await aws(schema, "iam", "list-open-id-connect-providers");
  const arn = providers.find(({ Arn }) => Arn.endsWith("token.actions.githubusercontent.com"))?.Arn;
  return ok(
    "OIDC provider",
    arn === undefined ? "none for GitHub: deploy/deployer.yml creates it" : `for deploy/deployer.yml: OidcProviderArn=${arn}`,
  );
} // prettier-ignore
