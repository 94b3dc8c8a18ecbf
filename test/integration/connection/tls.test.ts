import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { startDatabase, type DatabaseServer } from "../../../local/database-server.ts";
import { warehouseEnvironmentSchema, type WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { readWarehouseConfig } from "../../../shared/warehouse/connection/read-warehouse-config.ts";
import { runDbt } from "../../../shared/dbt/run-dbt.ts";
import { LoadSession } from "../../../shared/loader/load/load-session.ts";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { testServices } from "../../support/services.ts";
import { dbtFolder, python } from "../dbt/dbt-command.ts";

/** A server that requires TLS, with a certificate of a private CA, as Aurora's certificates come from Amazon's CA. */
describe("TLS to the warehouse", () => {
  let folder: string;
  let server: DatabaseServer;
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const inFolder = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(testServices().folder, "tls-"));
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout"];
    openssl("req", "-x509", ...key, "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority of this test");
    openssl("req", ...key, "server.key", "-out", "server.csr", "-subj", "/CN=warehouse");
    await writeFile(inFolder("names"), "subjectAltName=IP:127.0.0.1\n");
    const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
    openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem", "-days", "2");
    server = await startDatabase({
      folder: inFolder("database"),
      settings: { "ssl-cert": inFolder("server.pem"), "ssl-key": inFolder("server.key"), "ssl-ca": inFolder("ca.pem") },
      parentPid: process.pid,
    });
    const admin = await connect({ ...server, tls: "disabled", schemaPrefix: "" });
    await admin.query(`ALTER USER '${server.user}'@'127.0.0.1' REQUIRE SSL`);
    await admin.end();
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function configWith(more: Record<string, string>): Promise<WarehouseConfig> {
    const environment = warehouseEnvironmentSchema.parse({
      AURORA_ENDPOINT: server.host,
      AURORA_PORT: server.port,
      AURORA_USER: server.user,
      AURORA_PASSWORD: server.password,
      ...more,
    });
    return readWarehouseConfig(environment, new SecretsManagerClient({}));
  }

  it("is used by every connection, with the certificate authorities of the file", async () => {
    const config = await configWith({ BATON_DATABASE_CA: inFolder("ca.pem") });
    const connection = await connect(config);
    const [cipher] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'Ssl_cipher'");
    await connection.end();
    const session = await LoadSession.open(config);
    const loading = await session.rows<{ Value: string }>("SHOW STATUS LIKE 'Ssl_cipher'");
    await session.end();

    expect(cipher[0]?.["Value"]).toMatch(/\w+/);
    expect(loading[0]?.Value).toMatch(/\w+/);
  });

  it("refuses a server with a certificate of another authority, and one without TLS", async () => {
    await expect(connect(await configWith({}))).rejects.toThrow(/certificate/);
    await expect(connect(await configWith({ BATON_DATABASE_TLS: "disabled" }))).rejects.toMatchObject({ errno: 1045 });
    const plain = testServices().database;
    const config = { ...(await configWith({ BATON_DATABASE_CA: inFolder("ca.pem") })), ...plain };
    await expect(connect(config)).rejects.toThrow(/secure connection|certificate|SSL/i);
  });

  it("is used by dbt with the same authorities", async () => {
    const run = async (config: WarehouseConfig): Promise<string> => {
      const workFolder = await mkdtemp(inFolder("dbt-"));
      const said: string[] = [];
      const outcome = await runDbt(
        { python, project: dbtFolder, threads: 1 },
        {
          args: ["build", "--select", "stg_rooms", "--exclude-resource-type", "unit_test"],
          vars: { business_date: "2026-02-07", run_id: "tls", build_layer: "silver", schema_prefix: "" },
          warehouse: config,
          workFolder,
          signal: AbortSignal.timeout(60_000),
          onLog: ({ message }) => said.push(message),
        },
      ).catch((error: unknown) => String(error));
      return [...said, typeof outcome === "string" ? outcome : "", await readFile(join(workFolder, "ca.pem"), "utf8")]
        .join("\n")
        .replaceAll(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g, "");
    };

    // it fails at the missing tables, so the connection was successful
    expect(await run(await configWith({ BATON_DATABASE_CA: inFolder("ca.pem") }))).toMatch(/staging\.rooms/);
    expect(await run(await configWith({}))).toMatch(/certificate/i);
  }, 120_000);
});
