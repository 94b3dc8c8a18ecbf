import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { execFileSync, spawnSync } from "node:child_process";
import { python } from "../dbt/dbt-command.ts";

/** A folder of this machine that appears read-only at another path in a root file system. */
export interface Mount {
  from: string;
  at: string;
}

/** A root file system in a folder, with its mounts from this machine. */
export interface Root {
  folder: string;
  mounts: readonly Mount[];
}

/** The directories of a Linux system that programs need. */
const SYSTEM = /^(usr|bin|sbin|lib\w*|etc)$/;

/** True if this user may create mount namespaces. */
export function canChroot(): boolean {
  return spawnSync("unshare", ["-m", "true"], { stdio: "ignore" }).status === 0;
}

/** Creates a root with the content of Lambda's base image for Node: a system, Node in /var/lang, Python. */
export function makeRoot(folder: string): Root {
  for (const name of ["tmp", "proc", "dev", "var/task"]) mkdirSync(join(folder, name), { recursive: true });
  const entries = readdirSync("/").filter((name) => SYSTEM.test(name));
  const isLink = (name: string): boolean => lstatSync(`/${name}`).isSymbolicLink();
  for (const name of entries.filter(isLink)) symlinkSync(readlinkSync(`/${name}`), join(folder, name));
  const interpreter = execFileSync(python, ["-c", "import sys; print(sys.base_prefix)"]).toString().trim();
  const same = [...entries.filter((name) => !isLink(name)).map((name) => `/${name}`), interpreter];
  return {
    folder,
    mounts: [
      // the system's Python is part of /usr
      ...same
        .filter((from, index) => from !== "/usr" || index === same.indexOf(from))
        .map((from) => ({ from, at: from })),
      { from: dirname(realpathSync(process.execPath)), at: "/var/lang/bin" },
    ],
  };
}

/**
 * Returns a command line that runs a command in a root, in a new mount namespace.
 *
 * @param then shell commands that run before the root is entered, where `$root` is its folder
 */
export function chrootCommand(
  { folder, mounts }: Root,
  command: readonly string[],
  then: readonly string[] = [],
): string[] {
  const binds = mounts.flatMap(({ from, at }) => {
    const target = `"$root"${quote(at)}`;
    return [`mkdir -p ${target}`, `mount --rbind ${quote(from)} ${target}`, `mount -o remount,bind,ro ${target}`];
  });
  const script = [
    "set -e",
    `root=${quote(folder)}`,
    'mount --bind "$root" "$root"',
    ...binds,
    'mount --rbind /proc "$root/proc"',
    'mount --rbind /dev "$root/dev"',
    ...then,
    'exec chroot "$root" "$@"',
  ];
  return ["unshare", "-m", "sh", "-c", script.join("\n"), "sh", ...command];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
