import { buildLayer, dbt, withStatus } from "../integration/dbt/dbt-command.ts";
import {
  allRowsOf,
  loadStaging,
  moving,
  publish,
  smallBusiness,
  tenant,
  type Staging,
} from "../integration/dbt/small-business.ts";
import { testServices } from "../support/services.ts";
import { testWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 600_000;
const { movings, tenants } = smallBusiness;

/** The next day: a changed tenant, a new tenant, a duplicate, and texts that need cleaning. */
const nextDay: Staging = {
  ...smallBusiness,
  tenants: [
    ...tenants.map((row) => (row["id"] === 1 ? { ...row, status: 14, is_paysle_unpaid: 1 } : row)),
    tenant({ id: 4, full_name: "　null\n", birth_date: "0000-00-00", age: 30, nationality: "レソト", personal_identity: " 08 ", status: 4 }), // prettier-ignore
  ],
  movings: [
    ...movings,
    moving({ id: 4, tenant_id: 1, apartment_id: 1, room_id: 1, movein_date: "2024-04-01", cancel_flag: 1, rent: 0 }),
    moving({ id: 5, tenant_id: 4, apartment_id: 2, room_id: 3, movein_date: "2025-01-31", moveout_receipt_date: "2026-01-01", moveout_plans_date: "2026-02-28" }), // prettier-ignore
  ],
};

describe("MySQL and MariaDB", () => {
  const mariadb = testWarehouse(testServices("mariadb").database);
  const mysql = testWarehouse(testServices("mysql").database);

  afterAll(() => Promise.all([mysql.dispose(), mariadb.dispose()]));

  it(
    "give equal rows in every table",
    async () => {
      for (const warehouse of [mariadb, mysql]) {
        for (const [business_date, staging] of [
          ["2026-02-07", smallBusiness],
          ["2026-02-08", nextDay],
        ] as const) {
          // prettier-ignore
          await loadStaging(warehouse, staging);
          for (const layer of ["silver", "gold"] as const) {
            const run = await buildLayer(warehouse.config, layer, { vars: { business_date, force: true } });
            expect(withStatus(run, "error", "fail", "skipped")).toEqual([]);
            await publish(warehouse, layer);
          }
        }
      }

      for (const layer of ["silver", "gold"] as const) {
        expect(await allRowsOf(mysql, layer)).toEqual(await allRowsOf(mariadb, layer));
      }
    },
    TIMEOUT_MS,
  );

  it(
    "agree on every rule: dbt's unit tests pass on MySQL too",
    async () => {
      const run = await dbt(mysql.config, ["test", "--select", "test_type:unit"]);

      expect({ exitCode: run.exitCode, failed: withStatus(run, "error", "fail") }).toEqual({ exitCode: 0, failed: [] });
    },
    TIMEOUT_MS,
  );
});
