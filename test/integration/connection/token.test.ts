import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { warehouseEnvironmentSchema, type WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { openConnection } from "../../../shared/warehouse/connection/connect.ts";
import { readWarehouseConfig } from "../../../shared/warehouse/connection/read-warehouse-config.ts";
import { runDbt } from "../../../shared/dbt/run-dbt.ts";
import { testServices } from "../../support/services.ts";
import { TokenServer } from "../../support/stand-ins/token-server.ts";
import { dbtFolder, python } from "../dbt/dbt-command.ts";

/**
 * A function logs in with tokens that its role signs. RDS accepts them in clear text, so they are sent only over TLS.
 */
describe("an IAM token", () => {
  let folder: string;
  let server: TokenServer;
  let port: number;
  const kept = { ...process.env };
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };

  beforeAll(async () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: "AKIAROLE",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_REGION: "ap-northeast-1",
    });
    folder = await mkdtemp(join(testServices().folder, "token-"));
    await writeFile(join(folder, "names"), "[req]\ndistinguished_name=d\n[d]\n[e]\nsubjectAltName=IP:127.0.0.1\n");
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=warehouse", "-config", "names", "-extensions", "e"); // prettier-ignore
    const [cert, key] = await Promise.all(["cert.pem", "key.pem"].map((name) => readFile(join(folder, name))));
    server = new TokenServer({ cert: cert ?? Buffer.alloc(0), key: key ?? Buffer.alloc(0) });
    port = await server.start();
  });
  afterAll(async () => {
    process.env = kept;
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function configAt(at: number, more: Record<string, string> = {}): Promise<WarehouseConfig> {
    const environment = warehouseEnvironmentSchema.parse({
      AURORA_ENDPOINT: "127.0.0.1",
      AURORA_PORT: at,
      AURORA_USER: "baton_dbt",
      BATON_DATABASE_AUTH: "iam",
      BATON_DATABASE_CA: join(folder, "cert.pem"),
      ...more,
    });
    return readWarehouseConfig(environment, new SecretsManagerClient({}));
  }

  it("is signed for this server and user, and sent over TLS", async () => {
    const config = await configAt(port);

    (await openConnection(config)).destroy();

    const [token = ""] = server.passwords;
    expect(token).toBe(config.password);
    const url = new URL(`https://${token}`);
    expect(url.host).toBe(`127.0.0.1:${port}`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: "connect",
      DBUser: "baton_dbt",
      "X-Amz-Expires": "900",
      "X-Amz-Credential": expect.stringMatching(/^AKIAROLE\/\d{8}\/ap-northeast-1\/rds-db\/aws4_request$/) as string,
    });
    expect(server.plain).not.toContain("Action=connect");
    const left = (config.expiresAt?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(14 * 60_000);
    expect(left).toBeLessThanOrEqual(15 * 60_000);
  });

  it("is used by dbt to log in", async () => {
    const config = await configAt(port);
    const before = server.passwords.length;

    const run = runDbt(
      { python, project: dbtFolder, threads: 1 },
      {
        args: ["build", "--select", "stg_rooms"],
        vars: { business_date: "2026-02-07", run_id: "token", build_layer: "silver", schema_prefix: "" },
        warehouse: config,
        workFolder: folder,
        signal: AbortSignal.timeout(50_000),
        onLog: () => undefined,
      },
    );

    // the test server does not execute statements
    await expect(run).rejects.toMatchObject({ code: "DBT_FAILED" });
    expect(server.passwords.slice(before)).toContain(config.password);
    expect(config.password).toContain("Action=connect");
  }, 60_000);

  it("is not sent to a server without TLS", async () => {
    const plain = new TokenServer();
    const plainPort = await plain.start();
    const config = { ...(await configAt(plainPort)), tls: "disabled" as const };

    await expect(openConnection(config)).rejects.toMatchObject({ code: "MYSQL_CLEAR_PASSWORD_NOT_ENABLED" });
    await expect(openConnection(await configAt(plainPort))).rejects.toThrow(/secure connection/);

    expect(plain.plain).not.toContain("Action=connect");
    expect(plain.passwords.filter((password) => password !== "")).toEqual([]);
    await plain.stop();
    await expect(configAt(plainPort, { BATON_DATABASE_TLS: "disabled" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  it("is not sent in clear text when the user has a fixed password", async () => {
    const config = await configAt(port, { BATON_DATABASE_AUTH: "password", AURORA_PASSWORD: "swordfish" });

    await expect(openConnection(config)).rejects.toMatchObject({ code: "MYSQL_CLEAR_PASSWORD_NOT_ENABLED" });

    expect(server.passwords).not.toContain("swordfish");
  });
});
