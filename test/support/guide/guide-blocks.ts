import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../local/paths.ts";

/** A block of shell of docs/deploy.md. */
export interface GuideBlock {
  /** Heading of the second level that it stands under. */
  section: string;
  text: string;
}

/** All blocks of shell, in the order in which they stand. */
export async function guideBlocks(): Promise<GuideBlock[]> {
  const guide = await readFile(join(projectRoot, "docs/deploy.md"), "utf8");
  return guide.split(/^## /m).flatMap((part) => {
    const [section = ""] = part.split("\n", 1);
    return [...part.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = ""]) => ({ section, text }));
  });
}
