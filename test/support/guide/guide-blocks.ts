import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";

/** A shell block of docs/deploy.md. */
export interface GuideBlock {
  /** The second-level heading above it. */
  section: string;
  text: string;
}

/** All shell blocks, in the order of the page. */
export async function guideBlocks(): Promise<GuideBlock[]> {
  const guide = await readFile(join(projectRoot, "docs/deploy.md"), "utf8");
  return guide.split(/^## /m).flatMap((part) => {
    const [section = ""] = part.split("\n", 1);
    return [...part.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = ""]) => ({ section, text }));
  });
}
