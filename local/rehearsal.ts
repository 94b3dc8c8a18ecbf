import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmulator, type Emulator } from "./emulator/emulator.ts";
import { startDatabase, type DatabaseServer } from "./database-server.ts";
import { engineProgram } from "./engine-programs.ts";
import { engineNames, requestedEngine, type Engine } from "./engine.ts";
import { batonHome, projectRoot, stateFolder } from "../shared/config/checkout.ts";
import { stopService } from "./service-process.ts";

/** Not `prod`: the emulator's CloudFormation lacks two resource types that only environments on AWS have. */
const STAGE = "local-prod";
const DAYS = "3650";

const folder = join(stateFolder, "rehearsal");
const settingsFile = join(projectRoot, "deploy", `${STAGE}.env`);
const folders = {
  database: join(folder, "database"),
  emulator: join(folder, "emulator"),
  tls: join(folder, "tls"),
  programs: join(folder, "bin"),
};
/** Process ID: the services stop when this process ends; for tests. */
const parentPid = process.env["BATON_PARENT_PID"] === undefined ? undefined : Number(process.env["BATON_PARENT_PID"]);

/**
 * Sets up one machine for the steps of docs/deploy.md: the emulator replaces the AWS account, a database server with
 * TLS and a private CA replaces the cluster. Writes the settings for both. `node local/rehearsal.ts up|down`.
 */
async function main(command: string | undefined): Promise<number> {
  switch (command) {
    case "up":
      await up();
      return 0;
    case "down":
      await down();
      return 0;
    default:
      process.stderr.write("usage: local/bin/rehearsal up|down\n");
      return 2;
  }
}

async function up(): Promise<void> {
  await mkdir(folders.tls, { recursive: true });
  if (!existsSync(join(folders.tls, "server.pem"))) await makeCertificates();
  const inTls = (name: string): string => join(folders.tls, name);
  const [database, emulator] = await Promise.all([
    startDatabase({
      folder: folders.database,
      // the engine of the cluster that the steps are for
      engine: requestedEngine() ?? "mysql",
      settings: { "ssl-cert": inTls("server.pem"), "ssl-key": inTls("server.key"), "ssl-ca": inTls("ca.pem") },
      parentPid,
    }),
    startEmulator({ folder: folders.emulator, parentPid }),
  ]);
  await mkdir(folders.programs, { recursive: true });
  await writeMysql(database.engine);
  await writeAws(emulator);
  await writeFile(settingsFile, settingsFor(database, emulator), { mode: 0o600 });
  process.stdout.write(
    `the account is the emulator at ${emulator.endpoint}, the cluster is ${engineNames[database.engine]} at ${database.host}:${database.port}\n` +
      `settings: deploy/${STAGE}.env   administrator's password: ${database.password}\n` +
      `next: . deploy/${STAGE}.env, then docs/deploy.md from step 3 on\n`,
  );
}

async function down(): Promise<void> {
  await stopService(folders.emulator);
  await stopService(folders.database);
  await rm(folder, { recursive: true, force: true });
  await rm(settingsFile, { force: true });
}

/** Creates a private CA, and the server's certificate. */
async function makeCertificates(): Promise<void> {
  const openssl = (...args: string[]): Promise<unknown> => promisify(execFile)("openssl", args, { cwd: folders.tls });
  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout"];
  await openssl("req", "-x509", ...key, "ca.key", "-out", "ca.pem", "-days", DAYS, "-subj", "/CN=rehearsal of Baton");
  await openssl("req", ...key, "server.key", "-out", "server.csr", "-subj", "/CN=warehouse");
  await writeFile(join(folders.tls, "names"), "subjectAltName=IP:127.0.0.1\n");
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
  await openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem", "-days", DAYS);
}

/** Writes `mysql`, which runs the client that set-up unpacked. */
async function writeMysql(engine: Engine): Promise<void> {
  const { command, first, env } = engineProgram("client", engine);
  const libraries = env["LD_LIBRARY_PATH"] ?? "";
  const words = [command, ...first].map((word) => `'${word}'`).join(" ");
  await writeProgram("mysql", `LD_LIBRARY_PATH='${libraries}' exec ${words} --no-defaults "$@"`);
}

/** Writes `aws` with the emulator's endpoint: version 1 ignores AWS_ENDPOINT_URL for SQS. */
async function writeAws({ endpoint }: Emulator): Promise<void> {
  // skip this file itself, which a shell with the settings has on its PATH
  const others = [join(batonHome, "aws-venv/bin"), ...(process.env["PATH"] ?? "").split(":")];
  const program = others
    .filter((path) => path !== folders.programs)
    .map((path) => join(path, "aws"))
    .find((path) => existsSync(path));
  if (program === undefined) throw new Error("aws is not on the PATH. Install it: local/bin/setup --with aws");
  await writeProgram("aws", `exec '${program}' --endpoint-url '${endpoint}' "$@"`);
}

async function writeProgram(name: string, command: string): Promise<void> {
  const file = join(folders.programs, name);
  await writeFile(file, `#!/bin/sh\n${command}\n`);
  await chmod(file, 0o755);
}

/** The settings of docs/deploy.md, step 1, for this machine. */
function settingsFor(database: DatabaseServer, emulator: Emulator): string {
  const ca = join(folders.tls, "ca.pem");
  const paths = [folders.programs, join(batonHome, "node/bin")];
  const parameters = {
    awsEndpoint: emulator.endpoint,
    databaseTls: "required",
    databaseCa: ca,
    dbtPython: join(batonHome, "venv/bin/python"),
    dbtProject: join(projectRoot, "dbt"),
    // local environments are not protected by default
    deletionProtection: "true",
  };
  const lines = [
    `export PATH='${paths.join(":")}':"$PATH"`,
    ...Object.entries(emulator.env).map(([name, value]) => `export ${name}='${value}'`),
    "export AWS_PAGER='' SLS_TELEMETRY_DISABLED=1 SLS_AWS_MONITORING_FREQUENCY=250",
    `export STAGE=${STAGE}`,
    `export CLUSTER=${database.host} DATABASE_PORT=${database.port} ADMIN=${database.user}`,
    // the emulator needs no VPC and no image
    "export SUBNETS='' FUNCTIONS_GROUP='' DBT_IMAGE=''",
    `parameters=(${Object.entries(parameters)
      .map(([name, value]) => `'--param=${name}=${value}'`)
      .join(" ")})`,
    'export AURORA_ENDPOINT="$CLUSTER" AURORA_PORT="$DATABASE_PORT" AURORA_SECRET_ARN="baton/$STAGE/operator"',
    `export BATON_DATABASE_CA='${ca}'`,
    `output() { aws cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" --output text; }`,
  ];
  return `# written by local/bin/rehearsal up\n${lines.join("\n")}\n`;
}

process.exitCode = await main(process.argv[2]);
