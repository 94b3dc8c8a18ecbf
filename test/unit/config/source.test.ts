import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSource } from "../../../local/layer-table.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { dateOfManifestKey, manifestKeyOf, parseSource } from "../../../shared/config/source.ts";
import { businessDateSchema } from "../../../events/ids.ts";

const DAY = businessDateSchema.parse("2026-02-07");

describe("the source system", () => {
  it("gives dumps and manifests their names", () => {
    const source = parseSource({ dumpName: "book_shop-1" });

    expect(source).toEqual({ dumpName: "book_shop-1", mayBeEmpty: [] });
    expect(manifestKeyOf(source, DAY)).toBe("dumps-manifest/book_shop-1_20260207.json");
    expect(dateOfManifestKey(manifestKeyOf(source, DAY))).toBe(DAY);
    expect(dateOfManifestKey("dumps-manifest/book_shop-1_20261307.json")).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ["is missing", undefined, "custom.source in serverless.yml: "],
    ["has no name", {}, "dumpName"],
    [
      "has a name that is no part of a key",
      { dumpName: "a/b" },
      "dumpName: expected letters, digits, hyphens, underscores",
    ],
    ["has an unknown field", { dumpName: "a", dumps: "b" }, "dumps"],
  ])("is refused when it %s", (_, source, message) => {
    expect(() => parseSource(source)).toThrow(message);
  });

  it("is named in serverless.yml only", async () => {
    const { dumpName, mayBeEmpty } = await readSource();
    const names = new RegExp([dumpName, ...mayBeEmpty].join("|"), "i");

    const files = globSync("{functions,shared,events,cli}/**/*.ts", { cwd: projectRoot });
    const naming = files.filter((file) => names.test(readFileSync(join(projectRoot, file), "utf8")));

    expect(files.length).toBeGreaterThan(300);
    expect(naming).toEqual([]);
  });
});
