import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { warehouseEnvironmentSchema } from "../../../shared/config/warehouse-config.ts";
import { connect, createPool } from "../../../shared/warehouse/connection/connect.ts";
import { ensureCredentials } from "../../../shared/warehouse/connection/ensure-credentials.ts";
import { readWarehouseConfig } from "../../../shared/warehouse/connection/read-warehouse-config.ts";
import { LoadSession } from "../../../shared/loader/load/load-session.ts";
import { testServices } from "../../support/services.ts";
import { testWarehouse } from "../../support/warehouse.ts";

describe("a database secret", () => {
  const warehouse = testWarehouse();
  const secrets = new SecretsManagerClient(clientOptions(testServices().emulator));
  const user = `${warehouse.prefix}etl`;
  const environment = warehouseEnvironmentSchema.parse({
    AURORA_ENDPOINT: warehouse.config.host,
    AURORA_PORT: warehouse.config.port,
    AURORA_SECRET_ARN: user,
    BATON_DATABASE_TLS: "disabled",
  });

  const secretOf = (password: string): string => JSON.stringify({ username: user, password });
  async function rotate(password: string): Promise<void> {
    await warehouse.pool.query("ALTER USER ?@'%' IDENTIFIED BY ?", [user, password]);
    await secrets.send(new PutSecretValueCommand({ SecretId: user, SecretString: secretOf(password) }));
  }
  async function whoAmI(config: Awaited<ReturnType<typeof readWarehouseConfig>>): Promise<string> {
    const connection = await connect(config);
    const [rows] = await connection.query("SELECT CURRENT_USER() AS me");
    await connection.end();
    return JSON.stringify(rows);
  }

  beforeAll(async () => {
    await warehouse.pool.query("CREATE USER ?@'%' IDENTIFIED BY 'first'", [user]);
    await secrets.send(new CreateSecretCommand({ Name: user, SecretString: secretOf("first") }));
  });
  afterAll(async () => {
    await secrets.send(new DeleteSecretCommand({ SecretId: user, ForceDeleteWithoutRecovery: true }));
    await warehouse.pool.query("DROP USER ?@'%'", [user]);
    await warehouse.dispose();
  });

  it("can be rotated while a function runs: its next connection reads it again", async () => {
    const config = await readWarehouseConfig(environment, secrets);
    expect(await whoAmI(config)).toContain(user);
    await rotate("second");

    expect(await whoAmI(config)).toContain(user);
    expect(config.password).toBe("second");

    await rotate("third");
    const session = await LoadSession.open(config);
    await session.end();
    expect(config.password).toBe("third");
  });

  it("is read again only once when the server refuses its credentials", async () => {
    const config = await readWarehouseConfig(environment, secrets);
    let reads = 0;
    const counted = {
      ...config,
      user,
      password: "old",
      readCredentials: () => {
        reads += 1;
        return Promise.resolve({ user, password: "also-wrong" });
      },
    };

    await expect(connect(counted)).rejects.toMatchObject({ errno: 1045 });
    expect(reads).toBe(1);
  });

  it("can be rotated while a pool is open: its next connections read it again", async () => {
    const config = await readWarehouseConfig(environment, secrets);
    await ensureCredentials(config);
    const pool = createPool(config);
    const held = await pool.getConnection();
    await rotate("fourth");

    const [rows] = await pool.query("SELECT CURRENT_USER() AS me");

    expect(JSON.stringify(rows)).toContain(user);
    held.release();
    await warehouse.pool.query("ALTER USER ?@'%' IDENTIFIED BY 'fifth'", [user]);
    const [first, second] = [await pool.getConnection(), await pool.getConnection()];
    // the server already has the new password, the secret does not
    await expect(pool.query("SELECT 1")).rejects.toMatchObject({ errno: 1045 });
    await rotate("fifth");
    await pool.query("SELECT 1");
    for (const connection of [first, second]) connection.release();
    await pool.end();
  });

  it("is renewed when an IAM token expires", async () => {
    const config = await readWarehouseConfig(environment, secrets);
    let reads = 0;
    const signed = {
      ...config,
      readCredentials: () => {
        reads += 1;
        return Promise.resolve({ user, password: "fifth", expiresAt: new Date(Date.now() + 90_000) });
      },
    };

    await (await connect(signed)).end();
    await (await connect(signed)).end();
    expect(reads).toBe(1);
    Object.assign(signed, { expiresAt: new Date(Date.now() + 30_000) });
    await (await connect(signed)).end();
    expect(reads).toBe(2);
  });

  it("that is not JSON with username and password causes an error without its content", async () => {
    await secrets.send(new PutSecretValueCommand({ SecretId: user, SecretString: "hunter2" }));

    const refused = connect(await readWarehouseConfig(environment, secrets));

    await expect(refused).rejects.toMatchObject({ code: "SECRET_INVALID" });
    await expect(refused).rejects.toThrow(expect.not.stringContaining("hunter2") as string);
  });
});
