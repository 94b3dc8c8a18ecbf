import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chosenEngine, engineNames, engines, type Engine } from "./engine.ts";
import { batonHome, projectRoot } from "../shared/config/checkout.ts";
import { runProgram } from "./run-program.ts";
import { PermanentError } from "../shared/errors/errors.ts";

/** A program of an engine, ready to be run. */
export interface EngineProgram {
  command: string;
  /** Arguments that come before the program's own. */
  first: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** Names of an engine's programs. */
export const programNames = {
  mariadb: { server: "mariadbd", client: "mariadb", dump: "mariadb-dump", install: "mariadb-install-db" },
  mysql: { server: "mysqld", client: "mysql", dump: "mysqldump", install: "mysqld" },
} as const satisfies Record<Engine, unknown>;

type Role = keyof (typeof programNames)[Engine];

/** The folder into which set-up unpacked the engine; undefined if the machine's own programs are used. */
export function unpackedEngine(engine: Engine): string | undefined {
  const usr = join(batonHome, engine, "usr");
  return existsSync(join(usr, "sbin", programNames[engine].server)) ? usr : undefined;
}

/**
 * Runs set-up for an engine that is not unpacked. Set-up decides whether the machine's own programs are sufficient.
 *
 * @throws PermanentError SERVICE_NOT_STARTED with set-up's message if the engine is not available on this machine
 */
export async function bringEngine(engine: Engine): Promise<void> {
  if (unpackedEngine(engine) !== undefined) return;
  // without BATON_ENGINE, which set-up reads too
  const { BATON_ENGINE: _, ...env } = process.env;
  const args = engine === "mysql" ? ["--with", "mysql"] : [];
  await runProgram(join(projectRoot, "local/bin/setup"), args, { env }).catch((cause: unknown) => {
    const other = engines.find((name) => name !== engine) ?? engine;
    throw new PermanentError("SERVICE_NOT_STARTED", `${engineNames[engine]} is not available: ${String(cause)}`, {
      kind: "target",
      advice: `Install ${engineNames[engine]}, or use the other engine: BATON_ENGINE=${other}`,
      cause,
    });
  });
}

/** The server, client, dump or installation program of an engine: the unpacked one, else the machine's own. */
export function engineProgram(role: Role, engine: Engine = chosenEngine()): EngineProgram {
  const name = programNames[engine][role];
  const usr = unpackedEngine(engine);
  if (usr === undefined) return { command: name, first: [], env: process.env };
  const path = join(usr, role === "server" || name === "mysqld" ? "sbin" : "bin", name);
  const libraries = join(usr, "lib", process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu");
  // packages of a newer release than the machine's bring a C library, which only its own loader can start
  const loader = readdirSync(libraries).find((file) => /^ld-linux-.*\.so\.\d$/.test(file));
  if (loader !== undefined) {
    const first = ["--library-path", `${libraries}:${join(libraries, "mysql/private")}`, path];
    return { command: join(libraries, loader), first, env: process.env };
  }
  const all = [libraries, process.env["LD_LIBRARY_PATH"] ?? ""].filter((part) => part !== "");
  return { command: path, first: [], env: { ...process.env, LD_LIBRARY_PATH: all.join(delimiter) } };
}
