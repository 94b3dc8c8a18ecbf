import type { Connection } from "mysql2/promise";
import { judgeTarget, type ExpectedTarget } from "../../../shared/warehouse/identity/judge-target.ts";
import { readServer } from "../../../shared/warehouse/identity/read-server.ts";
import { fingerprintOf, type FoundTarget } from "../../../shared/warehouse/identity/target.ts";
import type { TargetRow } from "../../../shared/warehouse/identity/target-row.ts";

const row: TargetRow = {
  identity: "5f0c7a52-5a4c-4c36-9d6b-0d1b7a6c52e1",
  serverIdentity: "aurora_server_id=baton-1",
  members: ["aurora_server_id=baton-1", "aurora_server_id=baton-2"],
  realm: "abc123.ap-northeast-1",
  deployment: "111111111111/ap-northeast-1/prod",
  adoptedAt: new Date("2026-02-07T00:00:00Z"),
  adoptedBy: null,
  retiredTo: null,
};

function found(change: Partial<FoundTarget> & { instance?: string; isReadOnly?: boolean } = {}): FoundTarget {
  const { instance = "baton-1", isReadOnly = false, ...more } = change;
  const name = `aurora_server_id=${instance}`;
  return {
    host: "baton.cluster-abc123.ap-northeast-1.rds.amazonaws.com",
    port: 3306,
    schema: "pipeline",
    server: { name, members: [name], isReadOnly },
    row,
    ...more,
  };
}
const codes = (target: FoundTarget, expected: ExpectedTarget = {}): string[] =>
  judgeTarget(target, expected).map(({ code }) => code);

describe("judgeTarget", () => {
  it("accepts a failover to another instance of the cluster", () => {
    const own = { "the event": fingerprintOf(row) };

    expect(codes(found({ instance: "baton-2" }), { fingerprints: own })).toEqual([]);
  });

  describe("on a cluster that does not show its instances to this user", () => {
    const endpoint = "baton.cluster-abc123.ap-northeast-1.rds.amazonaws.com";
    const hidden = { ...row, members: ["aurora_server_id=baton-1", `aurora_endpoint=${endpoint}`] };
    /** The answers of an Aurora instance, which no test can start. */
    const answers = (instance: string, shown: string[] | Error): Pick<Connection, "query"> =>
      ({
        query: (sql: string) => {
          if (sql.startsWith("SHOW")) {
            return Promise.resolve([[{ Variable_name: "aurora_server_id", Value: instance }], []]);
          }
          return shown instanceof Error ? Promise.reject(shown) : Promise.resolve([shown.map((id) => ({ id })), []]);
        },
      }) as unknown as Pick<Connection, "query">;

    it.each([
      ["without rows", []],
      ["with an error", Object.assign(new Error("SELECT command denied"), { errno: 1142 })],
    ])("accepts a failover by the writer endpoint: %s", async (_, shown) => {
      const server = await readServer(answers("baton-2", shown), endpoint);

      expect(codes(found({ server, row: hidden }))).toEqual([]);
      expect(codes(found({ server, row }))).toEqual([]);
      const copy = await readServer(answers("baton-9", shown), endpoint.replace("baton", "copy"));
      expect(codes(found({ server: copy, row: hidden }))).toEqual(["TARGET_MOVED"]);
    });

    it("does not trust the endpoint where the instances are shown", async () => {
      const server = await readServer(answers("baton-9", ["baton-9"]), endpoint);

      expect(codes(found({ server, row: hidden }))).toEqual(["TARGET_MOVED"]);
    });
  });

  it("reports a copy that was restored into another cluster as moved, although it has the identity row", () => {
    expect(codes(found({ instance: "baton-copy-1" }))).toEqual(["TARGET_MOVED"]);
  });

  it("recognizes a cluster with the same names in another account by its endpoint", () => {
    const host = "baton.cluster-zzz999.ap-northeast-1.rds.amazonaws.com";

    expect(codes(found({ host }))).toEqual(["TARGET_MOVED"]);
    expect(codes(found({ host: "localhost" }))).toEqual([]);
  });

  it("refuses a reader endpoint permanently, and a server that is read-only, as in a failover, for the moment", () => {
    const reader = found({ host: "baton.cluster-ro-abc123.ap-northeast-1.rds.amazonaws.com" });

    expect(judgeTarget(reader, {})).toMatchObject([{ code: "TARGET_READER_ENDPOINT", retriable: false }]);
    expect(judgeTarget(found({ isReadOnly: true }), {})).toMatchObject([{ code: "TARGET_READ_ONLY", retriable: true }]);
  });

  it("names the source of the expectation, what was found and where", () => {
    const [problem] = judgeTarget(found(), { fingerprints: { "the event LayerCompleted e1": "0123456789abcdef" } });

    expect(problem?.code).toBe("TARGET_MISMATCH");
    expect(problem?.message).toContain("the event LayerCompleted e1 expects");
    expect(problem?.message).toContain(fingerprintOf(row));
    expect(problem?.message).toContain("baton.cluster-abc123.ap-northeast-1.rds.amazonaws.com:3306 (schema pipeline)");
    expect(problem?.advice).toContain("AURORA_ENDPOINT");
  });

  it("refuses a database without a ledger when one is expected, and accepts it as new otherwise", () => {
    expect(codes(found({ row: undefined }), { fingerprints: { deployment: "0123456789abcdef" } })).toEqual([
      "TARGET_MISMATCH",
    ]);
    expect(codes(found({ row: undefined }), { fingerprints: { deployment: "" } })).toEqual([]);
  });

  it.each(["222222222222/ap-northeast-1/prod", "111111111111/ap-northeast-1/staging"])(
    "refuses the deployment %s beside the one that writes here",
    (deployment) => {
      expect(codes(found(), { deployment })).toEqual(["TARGET_TAKEN"]);
    },
  );
});
