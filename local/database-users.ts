import { randomBytes } from "node:crypto";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { connect } from "../shared/warehouse/connection/connect.ts";
import { compareGrants } from "../shared/warehouse/users/compare-grants.ts";
import {
  databaseUsers,
  grantsOf,
  readSchemaNames,
  quoteAccount,
  type DatabaseUser,
  type GrantOptions,
} from "../shared/warehouse/users/grants.ts";
import type { DatabaseServer } from "./database-server.ts";

/** The server runs without name resolution, so clients are identified by IP address. */
const HOST = "127.0.0.1";

/** The environment whose users are managed. */
export interface UsersOf {
  stage: string;
  layers: GrantOptions["layers"];
  /** Distinguishes the environment's users from those of other environments on the same server. */
  schemaPrefix?: string;
  database: Pick<DatabaseServer, "host" | "port" | "user" | "password">;
  /** The store of the users' secrets. */
  secrets: SecretsManagerClient;
}

/** Names of the environment's users. */
export function userNames(schemaPrefix = ""): Omit<GrantOptions, "layers"> {
  return { schemaPrefix, userPrefix: schemaPrefix === "" ? "baton_" : schemaPrefix, host: HOST };
}

/** Name of the secret of one of the environment's users. */
export function secretName(stage: string, user: DatabaseUser): string {
  return `baton/${stage}/${user}`;
}

/**
 * Creates the warehouse's users with the same rights as on AWS, and their secrets. Each call sets new passwords, as a
 * rotation does.
 *
 * @returns ARN of each user's secret
 */
export async function makeDatabaseUsers(stage: UsersOf): Promise<Record<DatabaseUser, string>> {
  const names = userNames(stage.schemaPrefix);
  return asAdministrator(stage, async (admin) => {
    const schemaNames = await readSchemaNames(admin);
    const arns: [DatabaseUser, string][] = [];
    for (const user of databaseUsers) {
      const username = names.userPrefix + user;
      const password = randomBytes(18).toString("base64url");
      const account = quoteAccount(username, HOST);
      await admin.query(`CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY ?`, [password]);
      await admin.query(`ALTER USER ${account} IDENTIFIED BY ?`, [password]);
      const [rows] = await admin.query<RowDataPacket[]>(`SHOW GRANTS FOR ${account}`);
      const shown = rows.map((row) => String(Object.values(row)[0]));
      // also removes the rights of layers that are no longer in the table
      const { repair } = compareGrants(shown, grantsOf(user, { ...names, schemaNames, layers: stage.layers }), account);
      for (const statement of repair) await admin.query(statement);
      const text = JSON.stringify({ username, password });
      arns.push([user, await keepSecret(stage.secrets, secretName(stage.stage, user), text)]);
    }
    // the loop adds an entry for every user
    return Object.fromEntries(arns) as Record<DatabaseUser, string>;
  });
}

/** Removes the users and their secrets. */
export async function dropDatabaseUsers(stage: Omit<UsersOf, "layers">): Promise<void> {
  const names = userNames(stage.schemaPrefix);
  await asAdministrator(stage, async (admin) => {
    for (const user of databaseUsers) {
      await admin.query(`DROP USER IF EXISTS ${quoteAccount(names.userPrefix + user, HOST)}`);
      const SecretId = secretName(stage.stage, user);
      await unlessMissing(stage.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })));
    }
  });
}

async function asAdministrator<T>(
  { database, schemaPrefix = "" }: Pick<UsersOf, "database" | "schemaPrefix">,
  work: (admin: Connection) => Promise<T>,
): Promise<T> {
  const admin = await connect({ ...database, tls: "disabled", schemaPrefix });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function keepSecret(client: SecretsManagerClient, name: string, text: string): Promise<string> {
  const kept = await unlessMissing(client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text })));
  const { ARN = "" } = kept ?? (await client.send(new CreateSecretCommand({ Name: name, SecretString: text })));
  return ARN;
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
