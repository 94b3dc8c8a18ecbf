import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const entry = z.looseObject({
  version: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  dev: z.boolean().optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entry) });

const OPERATING_SYSTEMS = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"];

/** The platform of a package with prebuilt binaries, according to its name. */
function platformOf(name: string): { os?: string[]; cpu?: string[] } {
  const words = name.split(/[/-]/);
  const os = OPERATING_SYSTEMS.find((word) => words.includes(word));
  const cpu = PROCESSORS.find((word) => words.includes(word));
  return { ...(os !== undefined && { os: [os] }), ...(cpu !== undefined && { cpu: [cpu] }) };
}

/**
 * Adds optional packages of other platforms to `package-lock.json`. npm omits them when the registry does not serve
 * them, and then `npm ci` reports that the lock file is out of date, on every platform.
 */
export function completeLock(text: string): string {
  const lock = lockSchema.parse(JSON.parse(text));
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const nested = `${path}/node_modules/${name}`;
      const top = `node_modules/${name}`;
      const isExact = /^\d+\.\d+\.\d+/.test(version);
      if (!isExact || nested in lock.packages || top in lock.packages) continue;
      lock.packages[top] = { version, ...platformOf(name), ...(dev === true && { dev }), optional: true };
    }
  }
  const [root, ...others] = Object.entries(lock.packages);
  if (root === undefined) return text;
  lock.packages = Object.fromEntries([root, ...others.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return `${JSON.stringify(lock, null, 2)}\n`;
}

async function main(): Promise<void> {
  const path = join(import.meta.dirname, "../package-lock.json");
  await writeFile(path, completeLock(await readFile(path, "utf8")));
}

if (import.meta.main) void main();
