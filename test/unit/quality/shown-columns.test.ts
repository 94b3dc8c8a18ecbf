import { manifestSchema } from "../../../shared/dbt/dbt-artifacts.ts";
import { shownColumns } from "../../../shared/dbt/shown-columns.ts";

const column = (name: string, personal = false) => ({ name, config: { meta: { personal } } });
const manifest = manifestSchema.parse({
  nodes: {
    "model.tenants": {
      ...{ unique_id: "model.tenants", name: "stg_tenants", resource_type: "model", config: {} },
      columns: { tenant_id: column("tenant_id"), full_name: column("full_name", true), status: column("status") },
    },
    "test.status": {
      ...{ unique_id: "test.status", name: "status", resource_type: "test", config: {}, column_name: "status" },
      depends_on: { nodes: ["model.tenants"] },
    },
    "test.name": {
      ...{ unique_id: "test.name", name: "name", resource_type: "test", config: {}, column_name: "full_name" },
      depends_on: { nodes: ["model.tenants"] },
    },
  },
  sources: { "source.tenants": { name: "tenants", columns: { email: column("email", true) } } },
});

function shown(test: string, names: Record<string, "text" | "number">): string[] {
  const node = manifest.nodes[test];
  if (node === undefined) throw new Error(`no test ${test}`);
  return shownColumns(
    manifest,
    node,
    Object.entries(names).map(([name, kind]) => ({ name, isNumber: kind === "number" })),
  );
}

describe("the shown columns of failing rows", () => {
  it("are described columns that are not personal, and numbers that a test computes", () => {
    const found = shown("test.status", {
      ...{ tenant_id: "number", full_name: "text", status: "number", email: "text", memo: "text", hours: "number" },
    } as const);

    expect(found).toEqual(["tenant_id", "status", "hours"]);
  });

  it("include the tested value only if the tested column may be shown", () => {
    expect(shown("test.status", { unique_field: "text", n_records: "number" })).toEqual(["unique_field", "n_records"]);
    expect(shown("test.name", { unique_field: "text", n_records: "number" })).toEqual(["n_records"]);
  });

  it("exclude a personal column of any type", () => {
    expect(shown("test.status", { full_name: "number", email: "number" })).toEqual([]);
  });
});
