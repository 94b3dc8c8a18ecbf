import { join } from "node:path";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { loadAndPublish } from "../../shared/loader/load-and-publish.ts";
import { quoteTable } from "../../shared/warehouse/tables/identifier.ts";
import { writeDump } from "./bench-dumps.ts";
import type { BenchOptions } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { runTimed } from "./run-timed.ts";
import { median } from "./statistics.ts";

/** Times of dbt for one layer, medians in seconds. */
interface DbtTimes {
  layer: string;
  seconds: number;
  /** Processor time of dbt's process. */
  cpuSeconds: number | undefined;
  serverCpuSeconds: number | undefined;
  /** From the start of the process to its first line: Python and imports. */
  importSeconds: number;
  /** From there to the first node: parse, connections, checks of the inputs. */
  prepareSeconds: number;
  nodeSeconds: number;
  nodes: number;
}

/** The result of `bench dbt`. */
export interface DbtBench {
  bytes: number;
  repetitions: number;
  layers: DbtTimes[];
}

const LAYERS = ["silver", "gold"];
/** What a layer builds, besides its own schema. */
const SCHEMAS: Readonly<Record<string, string[]>> = { silver: ["silver", "seeds"], gold: ["gold"] };

/** Loads a sample and builds silver and gold from it with dbt, as the layers' functions do. */
export async function benchDbt(
  server: BenchServer,
  sizeBytes: number,
  { repeat, signal, say }: BenchOptions,
): Promise<DbtBench> {
  const { host, port, user, password } = server.database;
  const warehouse = { host, port, user, password, tls: "disabled", schemaPrefix: "" } as const;
  const { file, bytes } = await writeDump(server.folder, sizeBytes);
  await loadAndPublish({
    ...{ location: file, warehouse, schemas: { live: "staging", next: "staging_next", backup: "staging_backup" } },
    ...{ preserveEmpty: ["*"], signal },
  });
  const times = new Map<string, DbtTimes[]>(LAYERS.map((layer) => [layer, []]));
  for (let turn = 0; turn <= repeat; turn += 1) {
    for (const layer of LAYERS) {
      const measured = await build(server, layer, signal);
      say(`${turn}/${repeat} ${layer} ${measured.seconds.toFixed(2)} s`);
      // the first turn parses the project
      if (turn > 0) times.get(layer)?.push(measured);
      await publish(server, SCHEMAS[layer] ?? []);
    }
  }
  return { bytes, repetitions: repeat, layers: LAYERS.map((layer) => mediansOf(layer, times.get(layer) ?? [])) };
}

async function build(server: BenchServer, layer: string, signal: AbortSignal | undefined): Promise<DbtTimes> {
  const { host, port, user, password } = server.database;
  const folder = join(server.folder, "dbt", layer);
  const serverBefore = (await server.cpuSeconds()) ?? 0;
  const startedAt = Date.now();
  const { ms, cpuSeconds, stdout } = await runTimed({
    name: `dbt ${layer}`,
    command: join(batonHome, "venv/bin/python"),
    args: [
      ...[join(projectRoot, "dbt/launcher.py"), "--log-format", "json", "--log-level-file", "none"],
      ...["build", "--exclude-resource-type", "unit_test", "--select", `path:models/${layer}`, `tag:${layer}`],
      ...["--target-path", join(folder, "target"), "--log-path", join(folder, "logs")],
      ...["--vars", JSON.stringify({ business_date: "2026-02-07", run_id: "bench", build_layer: layer })],
    ],
    env: {
      ...{
        PATH: process.env["PATH"],
        HOME: server.folder,
        PYTHONDONTWRITEBYTECODE: "1",
        BATON_DATABASE_TLS: "disabled",
        // as for the local environment in serverless.yml
        BATON_DBT_THREADS: "3",
      },
      ...{ AURORA_ENDPOINT: host, AURORA_PORT: String(port), AURORA_USER: user, AURORA_PASSWORD: password },
    },
    signal,
  });
  const events = stdout.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const { info } = JSON.parse(line) as { info: { name: string; ts: string } }; // as dbt writes its log
    return [{ name: info.name, at: Date.parse(info.ts) }];
  });
  const at = (name: string): number[] => events.filter((event) => event.name === name).map((event) => event.at);
  const [firstLine, firstNode] = [events[0]?.at ?? startedAt, Math.min(...at("NodeStart"))];
  const serverAfter = await server.cpuSeconds();
  return {
    ...{ layer, seconds: ms / 1_000, cpuSeconds, nodes: at("NodeFinished").length },
    serverCpuSeconds: serverAfter === undefined ? undefined : serverAfter - serverBefore,
    importSeconds: (firstLine - startedAt) / 1_000,
    prepareSeconds: (firstNode - firstLine) / 1_000,
    nodeSeconds: (Math.max(...at("NodeFinished")) - firstNode) / 1_000,
  };
}

/** Makes the built tables live; the live ones are dropped. */
async function publish(server: BenchServer, schemas: readonly string[]): Promise<void> {
  await server.clear(schemas);
  for (const schema of schemas) {
    const tables = await server.rows<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${schema}_next'`,
    );
    await server.rows(`CREATE DATABASE IF NOT EXISTS ${schema}`);
    for (const { name } of tables) {
      await server.rows(`RENAME TABLE ${quoteTable(`${schema}_next`, name)} TO ${quoteTable(schema, name)}`);
    }
  }
}

function mediansOf(layer: string, times: readonly DbtTimes[]): DbtTimes {
  const of = (pick: (each: DbtTimes) => number): number => Number(median(times.map(pick)).toFixed(2));
  const known = (pick: (each: DbtTimes) => number | undefined): number | undefined =>
    times.every((each) => pick(each) !== undefined) ? of((each) => pick(each) ?? 0) : undefined;
  return {
    layer,
    seconds: of(({ seconds }) => seconds),
    cpuSeconds: known((each) => each.cpuSeconds),
    serverCpuSeconds: known((each) => each.serverCpuSeconds),
    importSeconds: of((each) => each.importSeconds),
    prepareSeconds: of((each) => each.prepareSeconds),
    nodeSeconds: of((each) => each.nodeSeconds),
    nodes: times[0]?.nodes ?? 0,
  };
}
