import type { RowDataPacket } from "mysql2/promise";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { takeLayerLock } from "../../../shared/ledger/claims/layer-lock.ts";
import { adoptTarget } from "../../../shared/ledger/adopt-target.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const PROD = "111111111111/ap-northeast-1/prod";
const OTHER = "222222222222/ap-northeast-1/prod";

describe("target", () => {
  let warehouse: TestWarehouse;
  beforeEach(() => {
    warehouse = testWarehouse();
  });
  afterEach(() => warehouse.dispose());

  async function open(deployment?: string) {
    const ledger = await openLedger(warehouse.config, { deployment });
    await ledger.pool.end();
    return ledger.target;
  }
  async function pretendCopied(): Promise<void> {
    await warehouse.pool.query(
      `UPDATE ${warehouse.prefix}pipeline.target SET server_identity = 'server_uid=elsewhere', members = '["server_uid=elsewhere"]'`,
    );
  }
  const options = { deployment: PROD, layers: ["staging"], adoptedBy: "ann@desk", dryRun: false };

  it("accepts one of two deployments, also when both open a new warehouse at once", async () => {
    const outcomes = await Promise.allSettled([PROD, OTHER].map(open));

    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refused = outcomes.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({ reason: { code: "TARGET_TAKEN" } });
    const advice = expect.stringContaining("schemaPrefix") as string;
    await expect(Promise.all([open(PROD), open(OTHER)])).rejects.toMatchObject({ code: "TARGET_TAKEN", advice });
  });

  it("separates two deployments with different prefixes", async () => {
    const other = testWarehouse();
    const ledger = await openLedger(other.config, { deployment: OTHER });
    await ledger.pool.end();

    expect((await open(PROD)).identity).not.toBe(ledger.target.identity);
    await other.dispose();
  });

  it("adopts a copy: new fingerprint, with a record of the person and the previous server", async () => {
    const before = await open(PROD);
    await pretendCopied();
    await expect(open(PROD)).rejects.toMatchObject({ code: "TARGET_MOVED" });

    const adoption = await adoptTarget(warehouse.config, options);

    const after = await open(PROD);
    expect(after.fingerprint).toBe(adoption.present.fingerprint);
    expect(adoption.previous.serverIdentity).toBe("server_uid=elsewhere");
    expect(after.identity).toBe(before.identity);
    const [[row]] = await warehouse.pool.query<RowDataPacket[]>(
      `SELECT adopted_by FROM ${warehouse.prefix}pipeline.target_adoption`,
    );
    expect(row).toEqual({ adopted_by: "ann@desk" });
    const stale = openLedger(warehouse.config, { fingerprints: { "the event": adoption.previous.fingerprint } });
    const message = expect.stringContaining("adopted at") as string;
    await expect(stale).rejects.toMatchObject({ code: "TARGET_MISMATCH", message });
  });

  it("changes nothing in a dry run or while a layer runs", async () => {
    await open(PROD);
    await pretendCopied();
    await adoptTarget(warehouse.config, { ...options, dryRun: true });
    const lock = await takeLayerLock(warehouse.config, "staging", 60);

    await expect(adoptTarget(warehouse.config, options)).rejects.toMatchObject({ code: "LAYER_BUSY" });
    await lock?.release();

    await expect(open(PROD)).rejects.toMatchObject({ code: "TARGET_MOVED" });
  });
});
