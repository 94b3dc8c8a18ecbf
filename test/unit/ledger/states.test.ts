import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { layerMoves, renderStates, runMoves } from "../../../shared/ledger/schema/states.ts";

/** A Markdown table without the padding of its columns. */
function compact(markdown: string): string {
  return markdown
    .replaceAll(/ +\|/g, " |")
    .replaceAll(/\| +/g, "| ")
    .replaceAll(/-{3,}/g, "---")
    .replaceAll(/\\?-(?= \|)/g, "-");
}

describe("the states of a run and of a layer", () => {
  it("match their documentation", () => {
    const page = readFileSync(join(projectRoot, "docs", "architecture.md"), "utf8");

    expect(compact(page)).toContain(compact(renderStates()));
  });

  it.each([
    ["run", runMoves],
    ["layer", layerMoves],
  ])("of a %s all lead to a final state", (_, moves: Record<string, Partial<Record<string, string>>>) => {
    const ends = new Set(["completed", "failed", "superseded", "cancelled"]);
    for (let size = 0; size !== ends.size;) {
      size = ends.size;
      for (const [from, targets] of Object.entries(moves)) {
        if (Object.keys(targets).some((to) => ends.has(to))) ends.add(from);
      }
    }

    expect([...ends].sort()).toEqual(Object.keys(moves).sort());
  });
});
