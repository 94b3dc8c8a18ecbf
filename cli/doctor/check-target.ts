import type { Connection } from "mysql2/promise";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { findTarget } from "../../shared/warehouse/identity/find-target.ts";
import { judgeTarget } from "../../shared/warehouse/identity/judge-target.ts";
import { fingerprintOf } from "../../shared/warehouse/identity/target.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { CommandFor } from "./doctor-ports.ts";

/** Checks that the warehouse is the one that the deployment expects. */
export async function checkTarget(
  connection: Connection,
  config: WarehouseConfig,
  expected: Parameters<typeof judgeTarget>[1],
  command: CommandFor,
): Promise<Check> {
  const target = await findTarget(connection, config);
  const problems = judgeTarget(target, expected);
  const [problem] = problems;
  if (problem !== undefined) {
    return failed("target", `${problem.code}: ${problem.message}`, problem.advice ?? command("target show"));
  }
  if (target.row === undefined) {
    return warning(
      "target",
      `${config.host}:${config.port} has no Baton warehouse yet`,
      `The first run creates it: ${command("run --dump FILE --watch")}`,
    );
  }
  return ok("target", `${fingerprintOf(target.row)} on ${target.server.name}`);
}
