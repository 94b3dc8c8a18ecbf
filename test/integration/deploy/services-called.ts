import { join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "../../../shared/config/checkout.ts";
import pageAssets from "../../../serverless/page-assets.ts";

/** The service that each SDK client calls, by its name in VPC endpoints. */
const SERVICES: Readonly<Record<string, string>> = {
  "client-dynamodb": "dynamodb",
  "client-eventbridge": "events",
  "client-quicksight": "quicksight",
  "client-s3": "s3",
  "client-secrets-manager": "secretsmanager",
  "client-sns": "sns",
  "client-sqs": "sqs",
};

/**
 * Lists the AWS services for which a function's bundle contains a client, sorted.
 *
 * @param handler path of the handler without its extension
 * @throws Error for a client that is not in this list
 */
export async function servicesCalledBy(handler: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(projectRoot, `${handler}.ts`)],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    write: false,
    metafile: true,
    logLevel: "error",
    plugins: pageAssets,
  });
  const clients = Object.keys(metafile.inputs).flatMap(
    (path) => /node_modules\/@aws-sdk\/(client-[\w-]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(clients)].map(serviceOf).sort();
}

function serviceOf(client: string): string {
  const service = SERVICES[client];
  if (service === undefined) {
    throw new Error(`@aws-sdk/${client} calls a service that ${import.meta.filename} does not know yet`);
  }
  return service;
}
