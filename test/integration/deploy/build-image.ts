import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import dockerignore, { type Ignore } from "@balena/dockerignore";
import { DockerfileParser, type Copy, type From, type Instruction } from "dockerfile-ast";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";
import { chrootCommand, makeRoot, type Mount, type Root } from "./chroot.ts";

/** Steps that fetch packages. Set-up has installed the same packages from the same lock files. */
const FETCHED: Readonly<Record<string, readonly Mount[]>> = {
  "npm ci --no-audit --no-fund --ignore-scripts": [
    { from: join(projectRoot, "node_modules"), at: "/build/node_modules" },
  ],
  "dnf install --assumeyes python3.12 && dnf clean all": [],
  "/opt/dbt/install /opt/venv python3.12": [{ from: join(batonHome, "venv"), at: "/opt/venv" }],
};

/** Variables that Lambda's base images for Node set. */
const BASE_ENVIRONMENT = {
  PATH: "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
  LAMBDA_TASK_ROOT: "/var/task",
};
const BASE_FOLDER = "/var/task";

interface Stage {
  root: Root;
  environment: Record<string, string>;
  workingFolder: string;
}

/**
 * Builds dbt/Dockerfile instruction by instruction, where neither Docker nor the base image is available. COPY respects
 * .dockerignore, RUN runs in the root built so far. This machine's system replaces the base image, and the packages
 * that set-up has installed replace the steps that fetch packages.
 *
 * @param folder for the roots of the build stages
 * @returns root of the last stage
 * @throws Error for an instruction that this builder does not support, or a step that fails
 */
export async function buildImage(folder: string): Promise<Root> {
  const dockerfile = DockerfileParser.parse(await readFile(join(projectRoot, "dbt/Dockerfile"), "utf8"));
  const ignored = dockerignore.default().add(await readFile(join(projectRoot, ".dockerignore"), "utf8"));
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of dockerfile.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") {
      const name = (instruction as From).getBuildStage() ?? "last";
      stage = {
        root: makeRoot(join(folder, name)),
        environment: { ...BASE_ENVIRONMENT },
        workingFolder: BASE_FOLDER,
      };
      stages.set(name, stage);
    } else if (stage !== undefined) {
      await carryOut(instruction, stage, { stages, ignored });
    }
  }
  if (stage === undefined) throw new Error("dbt/Dockerfile has no FROM");
  return stage.root;
}

interface Build {
  stages: ReadonlyMap<string, Stage>;
  ignored: Ignore;
}

async function carryOut(instruction: Instruction, stage: Stage, build: Build): Promise<void> {
  const keyword = instruction.getKeyword();
  const text = instruction.getArgumentsContent() ?? "";
  switch (keyword) {
    case "WORKDIR":
      stage.workingFolder = resolve(stage.workingFolder, text);
      await mkdir(join(stage.root.folder, stage.workingFolder), { recursive: true });
      return;
    case "COPY":
      return copy(instruction as Copy, stage, build);
    case "RUN":
      return run(text, stage);
    case "CMD":
      return;
    default:
      throw new Error(`dbt/Dockerfile has ${keyword}, which ${import.meta.filename} does not know yet`);
  }
}

async function copy(instruction: Copy, stage: Stage, { stages, ignored }: Build): Promise<void> {
  const from = instruction.getFromFlag()?.getValue();
  const paths = instruction
    .getArguments()
    .map((argument) => argument.getValue())
    .filter((value) => !value.startsWith("--"))
    .map((value) => value.replace(/\$\{(\w+)\}/g, (_, name: string) => stage.environment[name] ?? ""));
  const target = paths.pop() ?? "";
  const source = from == null ? projectRoot : stages.get(from)?.root.folder;
  if (source === undefined) throw new Error(`COPY --from=${String(from)}: no such stage`);
  const folder = join(stage.root.folder, resolve(stage.workingFolder, target));
  await mkdir(folder, { recursive: true });
  for (const path of paths) {
    const isFolder = (await stat(join(source, path))).isDirectory();
    // COPY copies a folder's content, not the folder
    await cp(join(source, path), isFolder ? folder : join(folder, path.replace(/^.*\//, "")), {
      recursive: true,
      filter: (file) => from != null || file === source || !ignored.ignores(relative(source, file)),
    });
  }
}

async function run(command: string, stage: Stage): Promise<void> {
  const fetched = FETCHED[command];
  if (fetched !== undefined) {
    stage.root = { ...stage.root, mounts: [...stage.root.mounts, ...fetched] };
    return;
  }
  const [program = "", ...args] = chrootCommand(stage.root, [
    ...["/bin/sh", "-c", `cd ${stage.workingFolder} && ${command}`],
  ]);
  await promisify(execFile)(program, args, { env: { ...stage.environment, HOME: "/root" } });
}
