import { spawn } from "node:child_process";
import { once } from "node:events";
import { PermanentError } from "../../shared/errors/errors.ts";

/**
 * Shows a file in the browser of the person at this machine.
 *
 * @throws PermanentError NO_BROWSER where the machine has no way to show one
 */
export async function openInBrowser(file: string): Promise<void> {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(program, [file], { stdio: "ignore", detached: true });
  try {
    await once(child, "spawn");
    child.unref();
  } catch (error) {
    throw new PermanentError("NO_BROWSER", `${program} is not here to show ${file}`, {
      cause: error,
      kind: "input",
      advice: "Open the file by hand; it loads nothing and can be copied anywhere.",
    });
  }
}
