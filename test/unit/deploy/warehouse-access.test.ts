import type { Settings } from "../../../serverless/settings.ts";
import { warehouseAccess, warehouseEnvironment } from "../../../serverless/warehouse.ts";

const settings = {
  ...{ stage: "prod", databaseEndpoint: "db", databasePort: "3306", databaseUser: "", databasePassword: "" },
  ...{ databaseLoaderSecretArn: "", databaseDbtSecretArn: "", databaseLedgerSecretArn: "" },
  ...{ databaseSecretArn: "arn:secret", databaseTls: "required", databaseCa: "", schemaPrefix: "", vpcSubnetIds: [] },
  ...{ databaseAuth: "password", databaseResourceId: "", databaseUserPrefix: "baton_", kmsKeyArn: "" },
} as unknown as Settings; // the other parameters are not used
const signed: Settings = { ...settings, databaseAuth: "iam", databaseResourceId: "cluster-ABC" };

describe("how a function logs in", () => {
  it("is by its secret, unless the stage says otherwise", () => {
    expect(warehouseEnvironment("dbt", settings)).toMatchObject({ AURORA_SECRET_ARN: "arn:secret" });
    expect(warehouseEnvironment("dbt", settings)).not.toHaveProperty("BATON_DATABASE_AUTH");
    expect(warehouseAccess("dbt", settings)).toEqual([
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: "arn:secret" },
    ]);
  });

  it("is by tokens as its own user and no other, without a right to any secret, where databaseAuth is iam", () => {
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

  it("cannot be by tokens without the cluster's resource id", () => {
    expect(() => warehouseAccess("dbt", { ...signed, databaseResourceId: "" })).toThrow(/databaseResourceId/);
  });
});
