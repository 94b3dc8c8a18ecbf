import { randomBytes, X509Certificate } from "node:crypto";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { parseEnvironment } from "../../../shared/config/function-config.ts";
import { warehouseEnvironmentSchema } from "../../../shared/config/warehouse-config.ts";
import { ensureCredentials } from "../../../shared/warehouse/connection/ensure-credentials.ts";
import { readWarehouseConfig } from "../../../shared/warehouse/connection/read-warehouse-config.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { testServices } from "../../support/services.ts";

describe("warehouse configuration", () => {
  const secrets = new SecretsManagerClient(clientOptions(testServices().emulator));

  async function secret(value: string): Promise<string> {
    const made = await secrets.send(
      new CreateSecretCommand({ Name: `s-${randomBytes(6).toString("hex")}`, SecretString: value }),
    );
    return made.ARN ?? "";
  }
  const environment = (more: Record<string, string> = {}) =>
    parseEnvironment(warehouseEnvironmentSchema, { AURORA_ENDPOINT: "db.example", ...more });

  it("reads only user and password from the secret", async () => {
    const arn = await secret(JSON.stringify({ username: "loader", password: "p", host: "elsewhere" }));

    const config = await readWarehouseConfig(environment({ AURORA_SECRET_ARN: arn, AURORA_USER: "other" }), secrets);

    await ensureCredentials(config);

    expect(config).toMatchObject({ host: "db.example", port: 3306, user: "loader", password: "p", tls: "required" });
  });

  it("names the missing field of a secret, and not its content", async () => {
    const arn = await secret(JSON.stringify({ username: "", password: "hunter2" }));
    const reading = ensureCredentials(await readWarehouseConfig(environment({ AURORA_SECRET_ARN: arn }), secrets));

    await expect(reading).rejects.toMatchObject({ code: "SECRET_INVALID" });
    await expect(reading).rejects.toThrow(/username/);
    await expect(reading).rejects.not.toThrow(/hunter2/);
  });

  it("reads them from the environment if there is no secret", async () => {
    const more = { AURORA_USER: "baton", AURORA_PASSWORD: "pw", AURORA_PORT: "3307", BATON_DATABASE_TLS: "disabled" };

    expect(await readWarehouseConfig(environment(more), secrets)).toMatchObject({
      user: "baton",
      password: "pw",
      port: 3307,
    });
  });

  it("trusts the certificate authorities of Amazon RDS, or those of a file", async () => {
    const config = await readWarehouseConfig(environment(), secrets);
    const own = await readWarehouseConfig(environment({ BATON_DATABASE_CA: __filename }), secrets);

    const certificates = (config.ca ?? "").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    expect(certificates.length).toBeGreaterThan(50);
    const now = Date.now();
    const tokyo = certificates
      .map((pem) => new X509Certificate(pem))
      .filter(({ subject, validTo }) => subject.includes("ap-northeast-1") && Date.parse(validTo) > now);
    expect(tokyo).not.toEqual([]);
    expect(own.ca).toContain("trusts the authorities");
  });

  it("names every missing or invalid variable", () => {
    const wrong = { AURORA_PORT: "many", BATON_SCHEMA_PREFIX: "Bad-Prefix" };

    expect(() => parseEnvironment(warehouseEnvironmentSchema, wrong)).toThrow(
      /AURORA_ENDPOINT[\s\S]*AURORA_PORT[\s\S]*BATON_SCHEMA_PREFIX|BATON_SCHEMA_PREFIX[\s\S]*AURORA_ENDPOINT/,
    );
  });
});
