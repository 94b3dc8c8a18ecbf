import { z } from "zod";

/** A known vulnerability of a package that Baton uses. */
export interface Advisory {
  /** GHSA, CVE or PYSEC id. */
  id: string;
  package: string;
  severity: "low" | "moderate" | "high" | "critical";
  title: string;
}

/** Result of an audit, or the reason why it could not run. */
export type AuditResult = { isDone: true; advisories: Advisory[] } | { isDone: false; reason: string };

/** An advisory that is accepted until a date. */
export interface AuditException {
  id: string;
  /** From this day the advisory counts again, `YYYY-MM-DD`. */
  until: string;
  reason: string;
}

const severitySchema = z.enum(["low", "moderate", "high", "critical"]);
const npmSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      via: z.array(
        z.union([
          z.string(),
          z.looseObject({
            name: z.string(),
            title: z.string(),
            url: z.string(),
            severity: severitySchema.or(z.literal("info")),
          }),
        ]),
      ),
    }),
  ),
});
const pipSchema = z.object({
  dependencies: z.array(
    z.looseObject({
      name: z.string(),
      skip_reason: z.string().optional(),
      vulns: z.array(z.looseObject({ id: z.string(), description: z.string().default("") })).default([]),
    }),
  ),
});

/** Parses the output of `npm audit --json`. */
export function readNpmAudit(output: string): AuditResult {
  const parsed = npmSchema.safeParse(parseJson(output));
  if (!parsed.success)
    return { isDone: false, reason: "npm audit returned no report: the registry has no audit service" };
  const advisories = new Map<string, Advisory>();
  for (const { via } of Object.values(parsed.data.vulnerabilities)) {
    for (const cause of via) {
      if (typeof cause === "string" || cause.severity === "info") continue;
      const id = cause.url.split("/").at(-1) ?? cause.url;
      advisories.set(`${id} ${cause.name}`, { id, package: cause.name, severity: cause.severity, title: cause.title });
    }
  }
  return { isDone: true, advisories: [...advisories.values()] };
}

/** Parses the output of `pip-audit --format json`, which has no severities: each finding counts as high. */
export function readPipAudit(output: string): AuditResult {
  const parsed = pipSchema.safeParse(parseJson(output));
  if (!parsed.success) return { isDone: false, reason: "pip-audit returned no report: its service did not answer" };
  const { dependencies } = parsed.data;
  const skipped = dependencies.find(({ skip_reason: reason }) => reason !== undefined);
  if (skipped !== undefined)
    return { isDone: false, reason: `pip-audit could not check a package: ${skipped.skip_reason ?? ""}` };
  return {
    isDone: true,
    advisories: dependencies.flatMap(({ name, vulns }) =>
      vulns.map(({ id, description }) => ({ id, package: name, severity: "high" as const, title: description })),
    ),
  };
}

/** Advisories of high or critical severity that no exception covers on this day. */
export function openAdvisories(
  advisories: readonly Advisory[],
  exceptions: readonly AuditException[],
  today: string,
): Advisory[] {
  const accepted = new Set(exceptions.filter(({ until }) => today < until).map(({ id }) => id));
  return advisories.filter(({ id, severity }) => (severity === "high" || severity === "critical") && !accepted.has(id));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
