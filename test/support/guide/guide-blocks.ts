import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";

/** A shell block of a page. */
export interface GuideBlock {
  /** The second-level heading above it. */
  section: string;
  text: string;
}

/** All shell blocks, in the order of the page. @param page such as `docs/deploy.md` */
export async function guideBlocks(page: string): Promise<GuideBlock[]> {
  const guide = await readFile(join(projectRoot, page), "utf8");
  return guide.split(/^## /m).flatMap((part) => {
    const [section = ""] = part.split("\n", 1);
    return [...part.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = ""]) => ({ section, text }));
  });
}
