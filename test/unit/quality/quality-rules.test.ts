import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { tenants } from "../../../local/sample/schema/tenants.ts";
import { readQualityRules } from "../../../shared/quality/read-quality-rules.ts";

const project = join(projectRoot, "dbt");

const columnsSchema = z
  .array(
    z.object({
      name: z.string(),
      config: z.object({ meta: z.object({ personal: z.boolean().optional() }).optional() }).optional(),
    }),
  )
  .default([]);
const tableSchema = z.object({ name: z.string(), columns: columnsSchema });
const fileSchema = z.object({
  models: z.array(tableSchema).default([]),
  sources: z.array(z.object({ tables: z.array(tableSchema) })).default([]),
});

/** Every column that the YAML of sources and models describes. */
function describedColumns(): { table: string; column: string; isPersonal: boolean }[] {
  return readdirSync(join(project, "models"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yml"))
    .flatMap((file) => {
      const { models, sources } = fileSchema.parse(
        parse(readFileSync(join(project, "models", file), "utf8"), { merge: true }),
      );
      return [...models, ...sources.flatMap(({ tables }) => tables)];
    })
    .flatMap(({ name: table, columns }) =>
      columns.map(({ name: column, config }) => ({ table, column, isPersonal: config?.meta?.personal === true })),
    );
}

describe("the rules of the data checks", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-rules-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("are read from the YAML beside the models, with the codes of the seeds", async () => {
    const rules = await readQualityRules(project);

    expect(rules.limits).toMatchObject({
      z: 6,
      row_count: { floor_percent: 2 },
      may_be_empty: ["m_nationalities", "m_owners"],
    });
    expect(rules.freshness).toEqual(
      expect.arrayContaining([
        { test: "tenants_are_fresh", table: "tenants", column: "updated_at", warnAboveHours: 24, errorAboveHours: 72 },
        { test: "rooms_are_fresh", table: "rooms", column: "updated_at", warnAboveHours: 24, errorAboveHours: 72 },
      ]),
    );
    // the source still updates old inquiries, so a recent update does not mean a new inquiry
    expect(rules.freshness.map(({ table }) => table).sort()).toEqual(["apartments", "movings", "rooms", "tenants"]);
    const status = rules.codes.find(({ table, column }) => table === "tenants" && column === "status");
    expect(status?.known).toEqual(Array.from({ length: 18 }, (_, code) => String(code)));
    expect(status?.list).toBe("code_tenant_status");
  });

  it("show no personal column and no column without a description", async () => {
    const shown = (await readQualityRules(project)).shown.get("tenants") ?? [];

    const personal =
      /name|kana|mail|tel|address|zip|birth|^age$|account|guarant|emergency|contact|nationality$|line_user|wechat|facebook|affiliation$|memo|note|signature|identity|hobby|student|school/;
    expect(
      tenants.columns.map(({ name }) => name).filter((name) => shown.includes(name) && personal.test(name)),
    ).toEqual([]);
    expect(shown).toEqual(expect.arrayContaining(["id", "status", "updated_at"]));
  });

  it("mark a column as personal in every model that uses it", () => {
    const columns = describedColumns();
    const personal = new Set(columns.filter(({ isPersonal }) => isPersonal).map(({ column }) => column));

    expect(columns.filter(({ column, isPersonal }) => personal.has(column) && !isPersonal)).toEqual([]);
    expect([...personal].sort()).toEqual([
      ...["affiliation", "age", "age_source", "birth_date", "corporate_name", "first_name", "full_name"],
      ...[
        "full_name_kana",
        "last_name",
        "m_nationality_id",
        "nationality",
        "occupation_company",
        "personal_identity",
        "personal_identity_raw",
      ],
    ]);
  });

  it.each([
    ["z: 6", "z: high", /quality\.z: expected number/],
    ["minimum_days: 7", "least_days: 7", /least_days/],
    ["codes: code_gender", "codes: code_sex", /code_sex\.csv.*there are.*code_gender\.csv/s],
  ])("name the error after %s became %s", async (was, is, message) => {
    await cp(join(project, "models", "sources"), join(folder, "models", "sources"), { recursive: true });
    await cp(join(project, "seeds"), join(folder, "seeds"), { recursive: true });
    const file = join(folder, "models", "sources", "staging.yml");
    await writeFile(file, (await readFile(file, "utf8")).replace(was, is));

    await expect(readQualityRules(folder)).rejects.toMatchObject({
      code: "QUALITY_RULES",
      message: expect.stringMatching(message) as string,
    });
  });

  it("use the source's name of a table that has another name in dbt", async () => {
    await cp(join(project, "models", "sources"), join(folder, "models", "sources"), { recursive: true });
    await cp(join(project, "seeds"), join(folder, "seeds"), { recursive: true });
    const file = join(folder, "models", "sources", "staging.yml");
    const named = "- name: share_rooms\n        identifier: rooms\n";
    await writeFile(file, (await readFile(file, "utf8")).replace(/- name: rooms\n/, named));

    const { read, freshness } = await readQualityRules(folder);

    expect([...read.keys()].filter((table) => table.includes("rooms"))).toEqual(["rooms"]);
    expect(freshness).toContainEqual(expect.objectContaining({ test: "rooms_are_fresh", table: "rooms" }));
  });

  it("raise an error when they are missing", async () => {
    await expect(readQualityRules("/nowhere")).rejects.toMatchObject({
      code: "QUALITY_RULES",
      message: expect.stringContaining("/nowhere/models/sources/staging.yml") as string,
    });
  });
});
