import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { codeHash } from "../../shared/config/code-hash.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { findFunction } from "./find-function.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";
import { recreate } from "./recreate.ts";

/** Checks that every function exists and is active, and that all have the same warehouse and code. */
export async function checkFunctions(ports: DoctorPorts, stack: DeployedStack): Promise<Check[]> {
  const { lambda, stage, layers, checkout } = ports;
  const names = ofType(stack, "AWS::Lambda::Function").map(({ physicalId }) => physicalId);
  const found = await Promise.all(names.map((name) => findFunction(lambda, name)));
  const gone = names.filter((_, index) => found[index] === undefined);
  const functions = found.filter((configuration) => configuration !== undefined);
  const inactive = functions.filter(({ State }) => State !== undefined && State !== "Active");
  const unknown = layers.filter((layer) => !names.includes(`baton-${stage}-${layer}`));
  const problems = [
    ...gone.map((name) => `${name} is missing`),
    ...unknown.map((layer) => `layer ${layer} of this checkout is not deployed`),
    ...inactive.map(({ FunctionName, State }) => `${FunctionName ?? ""} is ${State ?? ""}`),
  ];
  return [
    problems.length === 0
      ? ok("functions", `${functions.length} functions, all active`)
      : failed("functions", problems.join("; "), recreate(stage)),
    checkAgreement(ports, functions),
    await checkCode(functions, checkout, stage),
  ];
}

/** Checks that the functions write to the warehouse that this command reads (docs/decisions/warehouse/020). */
function checkAgreement({ warehouse, stage }: DoctorPorts, functions: readonly FunctionConfiguration[]): Check {
  const name = "one warehouse";
  const here = `${warehouse.host}:${warehouse.port}`;
  const others = functions.flatMap(({ FunctionName = "", Environment }) => {
    const { AURORA_ENDPOINT: host, AURORA_PORT: port = "3306" } = Environment?.Variables ?? {};
    return host === undefined || `${host}:${port}` === here ? [] : [`${FunctionName} writes to ${host}:${port}`];
  });
  if (others.length === 0) return ok(name, `all functions and this command use ${here}`);
  return failed(
    name,
    `this command reads ${here}, but ${others.join(", ")}`,
    `Set AURORA_ENDPOINT here and databaseEndpoint in the deployment to the same server: deploy/deploy ${stage}`,
  );
}

async function checkCode(functions: readonly FunctionConfiguration[], checkout: string, stage: string): Promise<Check> {
  const here = await codeHash(checkout);
  const hashes = functions.flatMap(({ Environment }) => Environment?.Variables?.["BATON_CODE"] ?? []);
  const others = [...new Set(hashes)].filter((hash) => hash !== here);
  if (hashes.length > 0 && others.length === 0) return ok("deployed code", `${here}, as in this checkout`);
  return warning(
    "deployed code",
    hashes.length === 0
      ? "the functions have no record of the code that was deployed"
      : `the deployed code is ${others.join(", ")}, this checkout is ${here}`,
    `Compare with git status and git log. To deploy this checkout: ${stage === "local" ? "./baton local up" : `deploy/deploy ${stage}`}`,
  );
}
