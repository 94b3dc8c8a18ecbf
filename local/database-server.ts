import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import mysql from "mysql2/promise";
import { PermanentError } from "../shared/errors/errors.ts";
import { LOCAL_SERVER_PREFIX } from "../shared/warehouse/identity/read-server.ts";
import { bringEngine, engineProgram, unpackedEngine } from "./engine-programs.ts";
import { chosenEngine, engineNames, engines, type Engine } from "./engine.ts";
import { freePort } from "./free-port.ts";
import { runProgram } from "./run-program.ts";
import { runningService, startService, stopService, waitUntilReady } from "./service-process.ts";

/** A private database server: its own data, socket and port on 127.0.0.1. */
export interface DatabaseServer {
  engine: Engine;
  host: string;
  port: number;
  user: string;
  password: string;
  url: string;
  stop(): Promise<void>;
}

/** Options of a server. */
export interface DatabaseOptions {
  /** Folder for data, socket, log and password; created if missing. The data of a folder belong to one engine. */
  folder: string;
  /** Default: `BATON_ENGINE`, else MariaDB. */
  engine?: Engine;
  /** Server options by name, such as `{ "innodb-flush-log-at-trx-commit": "1" }`, in MariaDB's names for both engines. */
  settings?: Readonly<Record<string, string>>;
  /** Process ID: the server stops when this process ends; for tests. */
  parentPid?: number | undefined;
}

const USER = "baton";
const START_MS = 60_000;

/** Fast settings for one machine, the same for both engines; benchmarks set durable ones instead. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "innodb-buffer-pool-size": "512M",
  "innodb-log-file-size": "256M",
  "innodb-flush-log-at-trx-commit": "2",
  "max-allowed-packet": "256M",
  "max-connections": "200",
  "local-infile": "1",
  "performance-schema": "OFF",
  "character-set-server": "utf8mb4",
  "collation-server": "utf8mb4_unicode_ci",
};

/** How the engines differ when they start. */
interface StartTraits {
  /** A file in the data directory that only this engine creates. */
  mark: string;
  /** Names of settings that differ from MariaDB's. */
  settingNames: Readonly<Record<string, string>>;
  /** Settings with which the data directory is created; they cannot be changed later. */
  install(options: InstallOptions): Promise<void>;
  /** Server options that only this engine needs. */
  args(data: string): Promise<string[]>;
  /** Statements of each start, which lock the accounts that the installation creates without a password. */
  init: readonly string[];
}

interface InstallOptions {
  data: string;
  identity: readonly string[];
  settings: readonly string[];
}

const TRAITS: Readonly<Record<Engine, StartTraits>> = {
  mariadb: {
    mark: "aria_log_control",
    settingNames: {},
    install: installMariadb,
    // the server's identity (read-server.ts), stored in the data directory because it identifies the data
    async args(data) {
      const name = (): Promise<string> => Promise.resolve(LOCAL_SERVER_PREFIX + randomUUID());
      return [`--report-host=${await keptValue(join(data, "baton-server-name"), name)}`];
    },
    init: [
      "ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;",
      "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
    ],
  },
  mysql: {
    mark: "mysql.ibd",
    settingNames: { "innodb-log-file-size": "innodb-redo-log-capacity" },
    async install({ data, identity, settings }) {
      const { command, first, env } = engineProgram("install", "mysql");
      const args = ["--no-defaults", ...baseOptions("mysql", unpackedEngine("mysql")), ...identity, ...settings];
      const folders = [`--datadir=${data}`, `--tmpdir=${dirname(data)}`];
      await runProgram(command, [...first, ...args, ...folders, "--initialize-insecure"], { env });
    },
    // the unpacked server has no system folder from which it could read files
    args: () => Promise.resolve(["--mysqlx=OFF", "--secure-file-priv=NULL"]),
    init: ["ALTER USER 'root'@'localhost' ACCOUNT LOCK;"],
  },
};

/**
 * Starts a private database server, or returns the one that already runs in the folder. Never touches another server.
 * Brings the engine if set-up has not brought it yet.
 *
 * @throws PermanentError SERVICE_NOT_STARTED with the end of the server's log, or if the engine is not available;
 *   ENGINE_MISMATCH if the folder has data of the other engine
 */
export async function startDatabase(options: DatabaseOptions): Promise<DatabaseServer> {
  const { folder, engine = chosenEngine() } = options;
  requireEngine(folder, engine);
  await bringEngine(engine);
  await mkdir(folder, { recursive: true });
  const password = await keptValue(join(folder, "password"), () =>
    Promise.resolve(randomBytes(18).toString("base64url")),
  );
  // stored, so that addresses stay valid after a restart
  const port = Number(await keptValue(join(folder, "port"), async () => String(await freePort())));
  const server: DatabaseServer = {
    engine,
    host: "127.0.0.1",
    port,
    user: USER,
    password,
    url: `mysql://${USER}:${password}@127.0.0.1:${port}`,
    async stop() {
      await stopService(folder);
    },
  };
  if ((await runningService(folder)) === undefined) await start(server, options);
  await waitUntilReady({ name: engineNames[engine], folder }, () => answers(server), START_MS);
  return server;
}

/** The engine that created the data in a folder; undefined if there are none. */
export function engineOfData(folder: string): Engine | undefined {
  return engines.find((engine) => existsSync(join(folder, "data", TRAITS[engine].mark)));
}

function requireEngine(folder: string, engine: Engine): void {
  const found = engineOfData(folder);
  if (found === undefined || found === engine) return;
  const message = `${folder} has data of ${engineNames[found]}, which ${engineNames[engine]} cannot read`;
  throw new PermanentError("ENGINE_MISMATCH", message, {
    kind: "input",
    advice: `Use ${engineNames[found]} (BATON_ENGINE=${found}), or another folder.`,
  });
}

async function keptValue(path: string, make: () => Promise<string>): Promise<string> {
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept !== "") return kept;
  const made = await make();
  await writeFile(path, made, { mode: 0o600 });
  return made;
}

async function start(server: DatabaseServer, { folder, settings = {}, parentPid }: DatabaseOptions): Promise<void> {
  const { engine } = server;
  const traits = TRAITS[engine];
  const data = join(folder, "data");
  // as root, the server runs only with this option
  const identity = process.getuid?.() === 0 ? ["--user=root"] : [];
  const options = Object.entries({ ...DEFAULTS, ...settings }).map(
    ([name, value]) => `--${traits.settingNames[name] ?? name}=${value}`,
  );
  if (!existsSync(join(data, "mysql"))) {
    await rm(data, { recursive: true, force: true });
    await traits.install({ data, identity, settings: options.filter((option) => FIXED.test(option)) });
  }
  const init = join(folder, "init.sql");
  await writeFile(init, initSql(server.password, traits.init), { mode: 0o600 });
  await rm(join(folder, "server.sock"), { force: true });
  const { command, first, env } = engineProgram("server", engine);
  await startService({
    name: engineNames[engine],
    command,
    args: [
      ...first,
      "--no-defaults",
      ...baseOptions(engine, unpackedEngine(engine)),
      ...identity,
      `--datadir=${data}`,
      // relative to the data directory, because a socket's path may have at most 107 bytes
      "--socket=../server.sock",
      `--port=${server.port}`,
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      "--skip-log-bin",
      `--pid-file=${join(folder, "server.pid")}`,
      `--tmpdir=${folder}`,
      `--init-file=${init}`,
      ...(await traits.args(data)),
      ...options,
    ],
    env: { ...env, BATON_SERVICE: folder },
    folder,
    parentPid,
  });
}

/** Settings that MySQL takes only when it creates the data directory. */
const FIXED = /^--lower[-_]case[-_]table[-_]names=/;

/** Where an unpacked server finds its files. */
function baseOptions(engine: Engine, usr: string | undefined): string[] {
  if (usr === undefined) return [];
  const plugins = engine === "mysql" ? [`--plugin-dir=${usr}/lib/mysql/plugin`] : [];
  return [`--basedir=${usr}`, `--lc-messages-dir=${usr}/share/mysql`, ...plugins];
}

/** Creates MariaDB's data directory. Uses symbolic links, because its script does not quote paths with spaces. */
async function installMariadb({ data, identity }: InstallOptions): Promise<void> {
  await mkdir(data, { recursive: true });
  const folder = /\s/.test(tmpdir()) ? "/tmp" : tmpdir();
  const links = await mkdtemp(join(folder, "baton-"));
  const [server, target] = [join(links, "server"), join(links, "data")];
  const usr = unpackedEngine("mariadb");
  try {
    await symlink(data, target);
    if (usr !== undefined) await symlink(usr, server);
    const base = baseOptions("mariadb", usr === undefined ? undefined : server);
    const args = ["--no-defaults", ...base, ...identity, `--datadir=${target}`, "--skip-test-db"];
    const { command, env } = engineProgram("install", "mariadb");
    const program = usr === undefined ? command : join(server, "bin/mariadb-install-db");
    // a server that starts deletes temporary tables in its folder for them, also those of other servers
    const ownFolder = { ...env, TMPDIR: links };
    await runProgram(program, [...args, "--auth-root-authentication-method=normal"], { env: ownFolder });
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}

function initSql(password: string, lockDefaults: readonly string[]): string {
  const accounts = [`'${USER}'@'127.0.0.1'`, `'${USER}'@'localhost'`];
  return accounts
    .flatMap((account) => [
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
      `ALTER USER ${account} IDENTIFIED BY '${password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION;`,
    ])
    .concat(lockDefaults, "FLUSH PRIVILEGES;\n")
    .join("\n");
}

async function answers({ host, port, user, password }: DatabaseServer): Promise<boolean> {
  const connection = await mysql.createConnection({ host, port, user, password, connectTimeout: 2_000 });
  await connection.query("SELECT 1");
  await connection.end();
  return true;
}
