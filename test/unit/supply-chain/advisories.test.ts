import { openAdvisories, readNpmAudit, readPipAudit } from "../../../local/supply-chain/advisories.ts";

const npmReport = (severity: string): string =>
  JSON.stringify({
    vulnerabilities: {
      tool: { name: "tool", severity, via: ["parser"] },
      parser: {
        name: "parser",
        severity,
        via: [
          { source: 1, name: "parser", title: "Reads too far", url: "https://github.com/advisories/GHSA-1", severity },
        ],
      },
    },
  });
const found = { id: "GHSA-1", package: "parser", severity: "high" as const, title: "Reads too far" };

describe("the audit of packages", () => {
  it("finds an advisory once, however many packages it reaches", () => {
    expect(readNpmAudit(npmReport("high"))).toEqual({ isDone: true, advisories: [found] });
  });

  it("counts each finding of pip-audit, which has no severities, as high", () => {
    const report = { dependencies: [{ name: "dbt", vulns: [{ id: "PYSEC-1", description: "Runs too much" }] }] };

    const result = readPipAudit(JSON.stringify(report));

    expect(result).toMatchObject({ isDone: true, advisories: [{ id: "PYSEC-1", severity: "high" }] });
  });

  it.each(["", '{"message":"405 Method Not Allowed"}', "npm error"])(
    "treats %p as a missing report, not as a report without findings",
    (text) => {
      expect(readNpmAudit(text)).toMatchObject({ isDone: false });
      expect(readPipAudit(text)).toMatchObject({ isDone: false });
    },
  );

  it("treats a skipped package as a missing report", () => {
    const report = { dependencies: [{ name: "dbt", skip_reason: "not found" }] };

    expect(readPipAudit(JSON.stringify(report))).toMatchObject({ isDone: false });
  });

  it("applies an exception until its date, and only to high and critical advisories", () => {
    const exception = { id: "GHSA-1", until: "2026-12-01", reason: "only in a test" };

    expect(openAdvisories([found], [exception], "2026-11-30")).toEqual([]);
    expect(openAdvisories([found], [exception], "2026-12-01")).toEqual([found]);
    expect(openAdvisories([{ ...found, severity: "moderate" }], [], "2026-11-30")).toEqual([]);
  });
});
