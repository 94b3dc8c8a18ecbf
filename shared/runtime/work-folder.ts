import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Makes an empty folder for one attempt. What attempts that were killed left is removed first: Lambda keeps /tmp when it
 * starts a function anew, and a few copies of a dump would fill it. The caller holds the layer's lock, so nobody else
 * works here.
 *
 * @param owner whose work it is: stage, schema prefix and layer, so that stages on one machine do not meet
 */
export async function makeWorkFolder(owner: { stage: string; schemaPrefix: string; layer: string }): Promise<string> {
  const all = join(tmpdir(), `baton-${owner.stage}-${owner.schemaPrefix}${owner.layer}`);
  await rm(all, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(all, { recursive: true, mode: 0o700 });
  return mkdtemp(join(all, "attempt-"));
}
