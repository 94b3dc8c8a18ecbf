import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deploy, undeploy, type LocalStage } from "../../../local/deploy.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { aws, awsAs, awsJson } from "../../support/aws-cli.ts";
import { testServices } from "../../support/services.ts";
import { copyProject } from "../../support/stack.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const STAGE = "local-deployer";
const ROLE = `deploy-baton-${STAGE}`;
const STACK = `deploy-baton-${STAGE}`;
const ACCOUNT = "000000000000";
/** The emulator's CloudFormation does not create identity providers, so the account already has one. */
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const TIMEOUT_MS = 120_000;

/**
 * The CI role deploys an environment while the emulator enforces IAM policies. The emulator does not check the calls
 * that CloudFormation makes for the role, nor permissions boundaries; deployer.test.ts compares both with the
 * templates.
 * @slow
 */
describe("the deployer", () => {
  let credentials: Record<string, string>;
  let stage: LocalStage;
  const warehouse = testWarehouse();

  beforeAll(async () => {
    const file = join(projectRoot, "deploy/deployer.yml");
    await aws(
      ...["cloudformation", "deploy", "--template-file", file, "--stack-name", STACK],
      ...["--capabilities", "CAPABILITY_NAMED_IAM", "--parameter-overrides", `Stage=${STAGE}`],
      ...["Repository=example/baton", `OidcProviderArn=${PROVIDER}`],
    );
    // GitHub's token is not available here, so anyone may assume the role
    const anybody = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
    const trust = JSON.stringify({ Version: "2012-10-17", Statement: [anybody] });
    await aws("iam", "update-assume-role-policy", "--role-name", ROLE, "--policy-document", trust);
    const { Credentials } = await awsJson<{ Credentials: Record<string, string> }>(
      ...["sts", "assume-role", "--role-session-name", "github"],
      ...["--role-arn", `arn:aws:iam::${ACCOUNT}:role/${ROLE}`],
    );
    credentials = {
      AWS_ACCESS_KEY_ID: Credentials["AccessKeyId"] ?? "",
      AWS_SECRET_ACCESS_KEY: Credentials["SecretAccessKey"] ?? "",
      AWS_SESSION_TOKEN: Credentials["SessionToken"] ?? "",
    };
    const { emulator, database, folder } = testServices();
    const copy = await mkdtemp(join(folder, `${STAGE}-`));
    await copyProject(copy);
    await letPlainHttpIn(copy);
    const identity = { ...emulator, env: { ...emulator.env, ...credentials } };
    const params = { permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/${ROLE}-boundary` };
    stage = { stage: STAGE, emulator: identity, database, schemaPrefix: warehouse.prefix, folder: copy, params };
  }, TIMEOUT_MS);
  afterAll(async () => {
    await undeploy({ ...stage, emulator: testServices().emulator });
    await aws("cloudformation", "delete-stack", "--stack-name", STACK);
    await warehouse.dispose();
    await rm(stage.folder ?? "", { recursive: true, force: true });
  }, TIMEOUT_MS);

  /** Removes the policy of the code bucket that requires TLS, which the emulator does not support. */
  async function letPlainHttpIn(folder: string): Promise<void> {
    const file = join(folder, "serverless.yml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/^ {2}deploymentBucket:$/m, "$&\n    skipPolicySetup: true"));
  }

  it(
    "deploys an environment, starting with the bucket for its code",
    async () => {
      await deploy(stage);

      const described = await awsJson<{ Stacks: { StackStatus: string }[] }>(
        ...["cloudformation", "describe-stacks", "--stack-name", `baton-${STAGE}`],
      );
      expect(described.Stacks[0]?.StackStatus).toBe("UPDATE_COMPLETE");
    },
    TIMEOUT_MS,
  );

  it.each([
    ["look into the bucket", ["s3api", "list-objects-v2", "--bucket", `baton-${STAGE}-${ACCOUNT}`]],
    [
      "make a role beyond the boundary",
      ["iam", "create-role", "--role-name", `baton-${STAGE}-x`, "--assume-role-policy-document", "{}"],
    ],
    [
      "change its own rights",
      ["iam", "put-role-policy", "--role-name", ROLE, "--policy-name", "more", "--policy-document", "{}"],
    ],
    ["call a function", ["lambda", "invoke", "--function-name", `baton-${STAGE}-replay`, "/dev/null"]],
    ["read a secret", ["secretsmanager", "get-secret-value", "--secret-id", `baton/${STAGE}/dbt`]],
    ["remove the stage", ["cloudformation", "delete-stack", "--stack-name", `baton-${STAGE}`]],
  ])("may not %s", async (_, command) => {
    await expect(awsAs(credentials, ...command)).rejects.toThrow(/AccessDenied|not authorized/);
  });
});
