import { execFile } from "node:child_process";
import { join } from "node:path";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { openAdvisories, readNpmAudit, readPipAudit, type AuditResult } from "./advisories.ts";
import { auditExceptions } from "./audit-exceptions.ts";

/** The stdout of a program, also when it exits with 1, as audits do when they find something. */
function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: projectRoot, maxBuffer: 64 * 1024 ** 2 }, (_, stdout) => resolve(stdout));
  });
}

async function auditPython(): Promise<AuditResult[]> {
  const program = join(batonHome, "lint-venv/bin/pip-audit");
  const files = ["dbt/requirements.txt", "dbt/requirements-adapter.txt", "local/emulator/requirements.txt"];
  return Promise.all(
    files.map(async (file) =>
      readPipAudit(
        await outputOf(program, ["--disable-pip", "--require-hashes", "--format", "json", "--requirement", file]),
      ),
    ),
  );
}

/**
 * Queries the advisory services of npm and PyPI for every locked package.
 *
 * @returns the exit code: 1 for an open advisory of high severity, and with `--required` also when an audit cannot run
 */
async function main(isRequired: boolean): Promise<number> {
  const npm = readNpmAudit(await outputOf("npm", ["audit", "--json"]));
  const results = [npm, ...(await auditPython())];
  const open = openAdvisories(
    results.flatMap((result) => (result.isDone ? result.advisories : [])),
    auditExceptions,
    new Date().toISOString().slice(0, 10),
  );
  for (const { id, package: name, severity, title } of open) {
    process.stderr.write(`audit: error: ${name}: ${severity} ${id}: ${title.split("\n")[0] ?? ""}\n`);
  }
  if (open.length > 0) {
    process.stderr.write(
      "  next: upgrade the package, or add a temporary exception in local/supply-chain/audit-exceptions.ts\n",
    );
  }
  const reasons = new Set(results.flatMap((result) => (result.isDone ? [] : [result.reason])));
  for (const reason of reasons)
    process.stderr.write(`audit: ${isRequired ? "error" : "warning"}: not audited: ${reason}\n`);
  if (open.length > 0 || (isRequired && reasons.size > 0)) return 1;
  if (reasons.size === 0) process.stderr.write("audit: no open advisory of high severity\n");
  return 0;
}

process.exitCode = await main(process.argv.includes("--required"));
