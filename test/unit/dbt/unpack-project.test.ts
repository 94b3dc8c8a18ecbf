import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync, type Zippable } from "fflate";
import { packProject } from "../../../cli/review/pack-project.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { unpackProject } from "../../../shared/review/unpack-project.ts";

const PROJECT = strToU8("name: baton");
const both: Zippable = { "base/dbt_project.yml": PROJECT, "change/dbt_project.yml": PROJECT };
const MEGABYTE = new Uint8Array(1_000_000);

/** Replaces the sizes that the entries of a zip declare. @see APPNOTE.TXT, 4.3.7 and 4.3.12 */
function declaring(size: number, zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer);
  for (let at = 0; at < zip.length - 30; at++) {
    const signature = view.getUint32(at, true);
    if (signature === 0x04034b50) view.setUint32(at + 22, size, true);
    if (signature === 0x02014b50) view.setUint32(at + 24, size, true);
  }
  return zip;
}

describe("the zip of a project under review", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-unpack-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const unpack = (zip: Uint8Array): Promise<void> =>
    unpackProject(zip, createHash("sha256").update(zip).digest("hex"), folder);

  it("is unpacked without programs", async () => {
    await unpack(
      zipSync({
        ...both,
        "change/models/a b/é.sql": strToU8("select 1"),
        "change/launcher.py": strToU8("import os"),
        "change/dbt_packages": strToU8("link"),
      }),
    );

    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      ["base", "base/dbt_project.yml", "change", "change/dbt_project.yml"].concat(["change/models", "change/models/a b", "change/models/a b/é.sql"]),
    ); // prettier-ignore
    expect(await readFile(join(folder, "change/models/a b/é.sql"), "utf8")).toBe("select 1");
  });

  it("is what baton review --remote packs: the dbt project of the base and of the checkout", async () => {
    const { zip, sha256 } = await packProject("HEAD");

    await unpackProject(zip, sha256, folder);

    const project = await readFile(join(projectRoot, "dbt/dbt_project.yml"), "utf8");
    expect(await readFile(join(folder, "change/dbt_project.yml"), "utf8")).toBe(project);
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => file.endsWith(".sql")).length).toBeGreaterThan(50);
    expect(files.filter((file) => /^(?:base|change)\/target|\.py$/.test(file))).toEqual([]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["a path above its folder", zipSync({ ...both, "change/../../etc/x.sql": PROJECT }), /"change\/\.\.\/\.\.\/etc\/x\.sql" is not within/],
    ["an absolute path", zipSync({ ...both, "/etc/x.sql": PROJECT }), /"\/etc\/x\.sql" is not within/],
    ["a path with backslashes", zipSync({ ...both, "change/..\\..\\x.sql": PROJECT }), /is not within/],
    ["another folder", zipSync({ ...both, "other/x.sql": PROJECT }), /is not within/],
    ["a path above its folder for a file that is not unpacked", zipSync({ ...both, "change/../x.py": PROJECT }), /is not within/],
    ["no base", zipSync({ "change/dbt_project.yml": PROJECT }), /it has no base\/dbt_project\.yml/],
    ["no zip", strToU8("not a zip"), /cannot be read/],
    ["too many files", zipSync({ ...both, ...Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`change/${i}.sql`, PROJECT])) }), /more than 5000 files/],
    ["a bomb", zipSync({ ...both, ...Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`change/${i}.csv`, MEGABYTE])) }), /more than 100000000 bytes/],
    ["too many bytes", new Uint8Array(20_000_001), /20000001 bytes, at most 20000000/],
  ])("is refused with %s, and nothing is written", async (_, zip, message) => {
    await expect(unpack(zip)).rejects.toMatchObject({ code: "REVIEW_PROJECT_INVALID", message: expect.stringMatching(message) as string });

    expect(await readdir(folder)).toEqual([]);
  }); // prettier-ignore

  it("gives a file no more bytes than its entry declares", async () => {
    await unpack(declaring(11, zipSync({ ...both, "change/bomb.sql": MEGABYTE })));

    expect(await readFile(join(folder, "change/bomb.sql"))).toHaveLength(11);
  });

  it("is refused with another hash than requested", async () => {
    await expect(unpackProject(zipSync(both), "0".repeat(64), folder)).rejects.toThrow(/the request says 0000/);
  });
});
