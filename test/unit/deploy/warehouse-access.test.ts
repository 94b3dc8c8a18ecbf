import type { Settings } from "../../../serverless/settings.ts";
import { warehouseAccess, warehouseEnvironment } from "../../../serverless/warehouse.ts";

const settings = {
  ...{ stage: "prod", databaseEndpoint: "db", databasePort: "3306", databaseUser: "", databasePassword: "" },
  ...{ databaseLoaderSecretArn: "", databaseDbtSecretArn: "", databaseLedgerSecretArn: "" },
  ...{ databaseSecretArn: "arn:secret", databaseTls: "required", databaseCa: "", schemaPrefix: "", vpcSubnetIds: [] },
  ...{ databaseAuth: "password", databaseResourceId: "", databaseUserPrefix: "baton_", kmsKeyArn: "" },
} as unknown as Settings; // the other parameters are not used
const signed: Settings = { ...settings, databaseAuth: "iam", databaseResourceId: "cluster-ABC" };

describe("the login of a function", () => {
  it("uses its secret by default", () => {
    expect(warehouseEnvironment("dbt", settings)).toMatchObject({ AURORA_SECRET_ARN: "arn:secret" });
    expect(warehouseEnvironment("dbt", settings)).not.toHaveProperty("BATON_DATABASE_AUTH");
    expect(warehouseAccess("dbt", settings)).toEqual([
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: "arn:secret" },
    ]);
  });

  it("uses IAM tokens for its own user only, without access to any secret, if databaseAuth is iam", () => {
    expect(warehouseEnvironment("dbt", signed)).toMatchObject({
      AURORA_USER: "baton_dbt",
      AURORA_SECRET_ARN: "",
      BATON_DATABASE_AUTH: "iam",
    });
    expect(warehouseAccess("dbt", signed)).toEqual([
      {
        Effect: "Allow",
        Action: ["rds-db:connect"],
        Resource: {
          "Fn::Sub": "arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:cluster-ABC/baton_dbt",
        },
      },
    ]);
  });

  it("cannot use IAM tokens without the cluster's resource ID", () => {
    expect(() => warehouseAccess("dbt", { ...signed, databaseResourceId: "" })).toThrow(/databaseResourceId/);
  });
});
