import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Makes an empty folder for one attempt. First removes what killed attempts left: Lambda keeps /tmp when it restarts a
 * function, and a few copies of a dump would fill it. The caller holds the layer's lock, so no other attempt uses it.
 *
 * @param owner makes the name unique when several environments run on one machine
 */
export async function makeWorkFolder(owner: { stage: string; schemaPrefix: string; layer: string }): Promise<string> {
  const all = join(tmpdir(), `baton-${owner.stage}-${owner.schemaPrefix}${owner.layer}`);
  await rm(all, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(all, { recursive: true, mode: 0o700 });
  return mkdtemp(join(all, "attempt-"));
}
