import { globSync, readFileSync } from "node:fs";
import { join, parse } from "node:path";
import { sourceTables } from "../../../local/sample/schema/all-tables.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";

/** Code that every source uses; what belongs to one source is in `serverless.yml`, `dbt/` and `local/sample/`. */
const FOLDERS = ["functions", "shared", "events", "cli", "serverless"];
/** Names of the sample's tables that are words of any program. */
const COMMON = new Set(["Costs", "Orders", "introducers", "items", "moves", "options", "reports"]);
/** Lines with such a name that are right, with the reason. */
const ALLOWED: readonly [file: string, text: string, reason: string][] = [
  ["shared/time/time-zone.ts", "Asia/Tokyo", "the documented default"],
  ["shared/config/source.ts", '"07:00"', "the documented default"],
  ["shared/config/source.ts", '"08:00"', "the documented default"],
  ["shared/console/data/prices.ts", "(Tokyo)", "name of an AWS region"],
  ["shared/ledger/schema/migrations.ts", "Tokyo day", "a released migration does not change"],
  ["shared/time/time-zone.ts", "`JST`", "describes labels of time zones"],
  ["cli/commands/sample.ts", "tenants arrive", "describes the sample"],
];

const tables = sourceTables.map(({ name }) => name);
const built = globSync("dbt/{models,seeds}/**/*.{sql,csv}", { cwd: projectRoot }).map((path) => parse(path).name);
const names = [...tables, ...built].filter((name) => !COMMON.has(name));
const words = ["gghouse", "tokyo", "jst", "0?5:30", "0?7:00", "0?8:00", ...names];
const name = new RegExp(`(?<![\\w:-])(?:stg_)?(?:${words.join("|")})(?![\\w:])`, "i");

function namesIn(file: string): string[] {
  const lines = readFileSync(join(projectRoot, file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const isAllowed = ALLOWED.some(([path, text]) => path === file && line.includes(text));
    return name.test(line) && !isAllowed ? [`${file}:${index + 1}: ${line.trim()}`] : [];
  });
}

describe("code that every source uses", () => {
  it("has no name, table, model, time or time zone of the sample's source", () => {
    const files = globSync(`{${FOLDERS.join(",")}}/**/*.{ts,cjs,json,yml,css,html}`, { cwd: projectRoot });

    expect(built.length).toBeGreaterThan(15);
    expect(files.length).toBeGreaterThan(300);
    expect(files.flatMap(namesIn)).toEqual([]);
  });
});
