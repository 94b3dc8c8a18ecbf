import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { SQSRecord } from "aws-lambda";
import { projectRoot } from "../../shared/config/checkout.ts";
import { testServices } from "./services.ts";

/** Calls the handler of a function with one message, in a process of its own that a test can kill. */
export function startHandler(
  name: string,
  { environment, record }: { environment: Readonly<Record<string, unknown>>; record: SQSRecord },
): ChildProcess {
  const { endpoint, region, env } = testServices().emulator;
  const texts = Object.entries(environment).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const script = `const { handler } = await import(${JSON.stringify(join(projectRoot, `functions/${name}/handler.ts`))});
    await handler({ Records: [${JSON.stringify(record)}] }, { getRemainingTimeInMillis: () => 900_000, memoryLimitInMB: "2048" });`;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: {
      ...{ ...process.env, ...env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, POWERTOOLS_TRACE_ENABLED: "false" },
      ...(Object.fromEntries(texts) as Record<string, string>),
    },
    stdio: "ignore",
  });
}
