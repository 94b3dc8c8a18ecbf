import type { RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { compareGrants, type Right } from "../../shared/warehouse/users/compare-grants.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { grantsOf, quoteAccount, readSchemaNames, type DatabaseUser } from "../../shared/warehouse/users/grants.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import { readSecret } from "../../shared/warehouse/connection/read-secret.ts";
import { userOfFunction, userOfLayer } from "../../shared/warehouse/users/user-of-function.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { findFunction } from "./find-function.ts";

/** Most rights that one line of the check lists. */
const NAMED = 6;

/** Checks that every database user has the rights that it needs, and no others (shared/warehouse/users/grants.ts). */
export async function checkGrants(ports: DoctorPorts): Promise<Check[]> {
  const checks = [await checkUser(["operator"], ports.warehouse, ports.checkout)];
  for (const [arn, users] of await secretsOfFunctions(ports)) checks.push(await checkSecret(arn, users, ports));
  return checks;
}

/** The secrets of the deployed functions, each with its users: one user, or all users that share the secret. */
async function secretsOfFunctions({ lambda, layers, stage }: DoctorPorts): Promise<Map<string, DatabaseUser[]>> {
  const users: Record<string, DatabaseUser> = {
    ...userOfFunction,
    ...Object.fromEntries(layers.map((layer, index) => [layer, userOfLayer({ isFirst: index === 0 })])),
  };
  const found = new Map<string, DatabaseUser[]>();
  for (const [name, user] of Object.entries(users)) {
    // the check of functions reports missing functions
    const deployed = await findFunction(lambda, `baton-${stage}-${name}`);
    const arn = deployed?.Environment?.Variables?.["AURORA_SECRET_ARN"] ?? "";
    if (arn !== "") found.set(arn, [...new Set([...(found.get(arn) ?? []), user])]);
  }
  return found;
}

async function checkSecret(
  arn: string,
  users: readonly DatabaseUser[],
  { secrets, warehouse, checkout }: DoctorPorts,
): Promise<Check> {
  const name = nameOf(users);
  try {
    const { readCredentials: _, ...address } = warehouse;
    return await checkUser(users, { ...address, ...(await readSecret(arn, secrets)) }, checkout);
  } catch (error) {
    if (error instanceof Error && error.name === "AccessDeniedException") {
      return warning(
        name,
        `not checked: these credentials may not read ${arn}`,
        "Run this check with credentials that may read the secret, or compare as the warehouse's administrator: SHOW GRANTS, ./baton grants",
      );
    }
    const message = error instanceof Error ? error.message : String(error);
    const rotate = `aws secretsmanager put-secret-value --secret-id ${arn}`;
    return failed(
      name,
      `cannot log in with the secret ${arn}: ${message}`,
      `Set the same password for the user and in the secret: ALTER USER ... IDENTIFIED BY ..., then ${rotate}`,
    );
  }
}

function nameOf(users: readonly DatabaseUser[]): string {
  return `grants of ${users.join(", ")}`;
}

async function checkUser(users: readonly DatabaseUser[], config: WarehouseConfig, checkout: string): Promise<Check> {
  const name = nameOf(users);
  const layers = await readLayerTable(checkout);
  const connection = await connect(config);
  try {
    const [[me]] = await connection.query<(RowDataPacket & { account: string })[]>("SELECT CURRENT_USER() AS account");
    const [rows] = await connection.query<RowDataPacket[]>("SHOW GRANTS FOR CURRENT_USER()");
    const shown = rows.map((row) => String(Object.values(row)[0]));
    const [username = "", host = ""] = splitAccount(me?.account ?? "");
    const schemaNames = await readSchemaNames(connection);
    const names = { layers, schemaPrefix: config.schemaPrefix, userPrefix: "", host, schemaNames };
    const account = quoteAccount(username, host);
    const { missing, surplus, repair } = compareGrants(
      shown,
      users.flatMap((user) => grantsOf(user, names)),
      account,
    );
    if (missing.length === 0 && surplus.length === 0)
      return ok(name, `${username} has the privileges that it needs, and no others`);
    const found = [
      missing.length > 0 ? `${username} lacks ${nameRights(missing)}` : "",
      surplus.length > 0 ? `${username} has more privileges than it needs: ${nameRights(surplus)}` : "",
    ];
    const text = found.filter((part) => part !== "").join("; ");
    const fix = `Run as the warehouse's administrator: ${repair.map((statement) => `${statement};`).join(" ")}`;
    return missing.length > 0 ? failed(name, text, fix) : warning(name, text, fix);
  } finally {
    await connection.end();
  }
}

/** A user name may contain an `@`, a host cannot. */
function splitAccount(account: string): [user: string, host: string] {
  const at = account.lastIndexOf("@");
  return [account.slice(0, at), account.slice(at + 1)];
}

function nameRights(rights: readonly Right[]): string {
  const names = rights.map(({ privilege, object }) =>
    object === "" ? `role ${privilege}` : `${privilege} on ${object}`,
  );
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return names.slice(0, NAMED).join(", ") + more;
}
