import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Engine } from "../../../local/engine.ts";
import { cloneCheckout } from "../clone-checkout.ts";
import { testServices } from "../services.ts";
import { leftOut } from "./left-out.ts";

/** A reader who follows a page in a clone and copies its commands, with the emulator as the AWS account. */
export class GuideReader {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #password = "";

  private constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#environment = environment;
  }

  /** @param engine of the cluster */
  static async arrive(engine: Engine = "mysql"): Promise<GuideReader> {
    const folder = await mkdtemp(join(testServices().folder, "guide-"));
    await cloneCheckout(folder);
    await rm(join(folder, "deploy/local-prod.env"), { force: true });
    const { PATH, TMPDIR } = process.env;
    const state = { BATON_STATE: join(folder, ".state"), BATON_PARENT_PID: String(process.pid) };
    const environment = { PATH, TMPDIR, HOME: folder, NO_COLOR: "1", BATON_ENGINE: engine, ...state };
    const reader = new GuideReader(folder, environment);
    await writeFile(join(folder, ".gitignore"), "/.state/\n/.baton\n/node_modules\n", { flag: "a" });
    await reader.#git("init", "--quiet");
    await reader.#git("config", "user.name", "reader");
    await reader.#git("config", "user.email", "reader@example.com");
    await reader.#commit("as it was cloned");
    return reader;
  }

  /** Adds text to a file and commits it, as an upgrade does. */
  async change(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text, { flag: "a" });
    await this.#commit(`change ${file}`);
  }

  async #commit(message: string): Promise<void> {
    await this.#git("add", "--all");
    await this.#git("commit", "-qm", message);
  }

  async #git(...args: string[]): Promise<void> {
    await promisify(execFile)("git", args, { cwd: this.folder, env: this.#environment });
  }

  /**
   * Runs blocks in one new shell, without those that are left out, and answers prompts for the administrator's
   * password.
   *
   * @returns the output
   * @throws Error with the end of the output when a command fails
   */
  async follow(blocks: readonly string[]): Promise<string> {
    const lines = blocks.filter((block) => !isLeftOut(block, "block")).flatMap((block) => block.split("\n"));
    const kept = lines.filter((line) => !isLeftOut(line, "line"));
    const settings = "if [ -f deploy/local-prod.env ]; then . deploy/local-prod.env; fi";
    const script = ["set -eo pipefail", settings, "set -x", ...kept].join("\n");
    const child = spawn("bash", ["-c", script], { cwd: this.folder, env: this.#environment });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    // answer only when prompted
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${this.#password}\n`);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const text = Buffer.concat(output).toString();
    if (code !== 0) throw new Error(`ended with ${String(code)}:\n${text.slice(-6_000)}`);
    this.#password = /administrator's password: (\S+)/.exec(text)?.[1] ?? this.#password;
    return text;
  }

  /** Removes the clone and everything that belongs to it. */
  async leave(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function isLeftOut(text: string, what: "block" | "line"): boolean {
  return Object.entries(leftOut).some(([start, entry]) => entry.what === what && text.startsWith(start));
}
