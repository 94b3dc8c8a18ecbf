import { spawn } from "node:child_process";
import { once } from "node:events";
import { PermanentError } from "../../shared/errors/errors.ts";

/**
 * Opens a file in the default browser.
 *
 * @throws PermanentError NO_BROWSER when the machine has no browser
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
