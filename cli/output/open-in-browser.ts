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
    throw new PermanentError("NO_BROWSER", `cannot show ${file}: ${program} is not installed`, {
      cause: error,
      kind: "input",
      advice: "Open the file yourself. It is one file without external resources.",
    });
  }
}
