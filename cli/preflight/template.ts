import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { projectRoot } from "../../shared/config/checkout.ts";
import { PermanentError } from "../../shared/errors/errors.ts";

const resourceSchema = z.looseObject({
  Type: z.string(),
  DeletionPolicy: z.string().optional(),
  Properties: z.looseObject({}).default({}),
});

/** The CloudFormation template of an environment. */
export interface PackagedTemplate {
  text: string;
  resources: { id: string; type: string; deletionPolicy: string | undefined; properties: Record<string, unknown> }[];
}

/** Parses a packaged template. */
export function parseTemplate(text: string): PackagedTemplate {
  const { Resources } = z.object({ Resources: z.record(z.string(), resourceSchema) }).parse(JSON.parse(text));
  const resources = Object.entries(Resources).map(([id, { Type, DeletionPolicy, Properties }]) => ({
    ...{ id, type: Type, deletionPolicy: DeletionPolicy, properties: Properties },
  }));
  return { text, resources };
}

/**
 * Packages an environment with the settings of `deploy/<environment>.env`, as `deploy/deploy` does.
 *
 * @throws PermanentError PACKAGE_FAILED with the end of the output
 */
export async function packageTemplate(stage: string): Promise<PackagedTemplate> {
  const folder = await mkdtemp(join(tmpdir(), "baton-preflight-"));
  try {
    await promisify(execFile)(join(projectRoot, "deploy/package"), [stage, "--package", folder]);
    return parseTemplate(await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8"));
  } catch (cause) {
    const output = cause instanceof Error && "stderr" in cause ? `${String(cause.stderr)}` : String(cause);
    throw new PermanentError("PACKAGE_FAILED", output.trim().split("\n").slice(-10).join(" "), {
      ...{ kind: "input", cause },
      advice: `Repair what the message names in deploy/${stage}.env; to see everything: deploy/package ${stage}`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
