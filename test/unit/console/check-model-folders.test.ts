import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkModelFolders } from "../../../cli/doctor/check-model-folders.ts";

describe("doctor's check of model folders", () => {
  let checkout: string;

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), "baton-models-"));
    await write("serverless.yml", "custom: { layers: [{ name: staging }, { name: silver, alsoBuilds: [lists] }] }");
    for (const file of ["sources/staging.yml", "silver/deep/a.sql", "lists/b.sql"])
      await write(`dbt/models/${file}`, "");
  });
  afterEach(() => rm(checkout, { recursive: true }));

  async function write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await writeFile(join(checkout, file), text);
  }

  it("accepts the folders of layers, and folders without models", async () => {
    expect(await checkModelFolders(checkout)).toMatchObject([{ state: "ok" }]);
  });

  it("names a folder whose models no layer builds", async () => {
    await write("dbt/models/reports/c.sql", "");

    expect(await checkModelFolders(checkout)).toMatchObject([
      {
        state: "warning",
        found: "no layer builds the models in dbt/models/reports",
        fix: expect.stringContaining('Add "- name: reports"') as string,
      },
    ]);
  });
});
