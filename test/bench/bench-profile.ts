import { join } from "node:path";
import { projectRoot } from "../../shared/config/checkout.ts";
import { schemasOf } from "../../shared/config/schemas-of.ts";
import { loadDump, type LoadReport } from "../../shared/loader/load-dump.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { ProfileStore } from "../../shared/quality/profile-store.ts";
import { profileDay, type DayTable } from "../../shared/quality/profile-day.ts";
import { readQualityRules } from "../../shared/quality/read-quality-rules.ts";
import { writeDump } from "./bench-dumps.ts";
import type { BenchOptions } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { median } from "./statistics.ts";

/** The cost of profiling the source's tables as the staging layer does, compared with the load. */
export interface ProfileBench {
  bytes: number;
  tables: number;
  load: Cost;
  profile: Cost & { shareOfLoad: number };
  /** The same, but with every column counted by reading its rows, without the figures from the dump. */
  allRows: Cost & { shareOfLoad: number };
  repetitions: number;
}

/** Medians. */
interface Cost {
  ms: number;
  /** Undefined where there is no /proc. */
  serverCpuSeconds: number | undefined;
}

const PREFIX = "bench_";
const DAY = "2026-02-07";
const LIMIT_MS = 600_000;

/** Loads a dump into an empty schema and profiles it in both ways, alternately. */
export async function benchProfile(
  server: BenchServer,
  sizeBytes: number,
  { repeat, signal, say }: BenchOptions,
): Promise<ProfileBench> {
  const { host, port, user, password } = server.database;
  const warehouse = { host, port, user, password, tls: "disabled", schemaPrefix: PREFIX } as const;
  const schemas = schemasOf(PREFIX, "staging");
  const rules = await readQualityRules(join(projectRoot, "dbt"));
  const { file, bytes } = await writeDump(server.folder, sizeBytes);
  const ledger = await openLedger(warehouse, {});
  const runs = { load: new Costs(server, say), profile: new Costs(server, say), allRows: new Costs(server, say) };
  const profile = async (tables: readonly DayTable[]): Promise<void> => {
    await ledger.pool.query("DELETE FROM table_profile");
    const ports = { warehouse, store: new ProfileStore(ledger.pool), rules };
    const day = { runId: `${DAY}-00000001`, businessDate: DAY, tables };
    await profileDay(day, { ...ports, signal: signal ?? AbortSignal.timeout(LIMIT_MS) });
  };
  try {
    let report: LoadReport | undefined;
    for (let turn = 1; turn <= repeat; turn += 1) {
      signal?.throwIfAborted();
      const note = (name: string): string => `${turn}/${repeat} ${name}`;
      await server.clear([schemas.next]);
      report = await runs.load.add(note("load"), () => loadDump({ location: file, warehouse, schemas, signal }));
      const tables = report.tables.map(({ name, contentHash, bytes, blanks, state }) => ({
        ...{ name, contentHash, bytes, blanks, schema: state === "empty-dropped" ? undefined : schemas.next },
      }));
      await runs.profile.add(note("profiles"), () => profile(tables));
      const untold = tables.map((table) => ({ ...table, blanks: new Map<string, never>() }));
      await runs.allRows.add(note("profiles that read all rows"), () => profile(untold));
    }
    const [load, told, allRows] = [runs.load.medians, runs.profile.medians, runs.allRows.medians];
    const share = ({ ms }: Cost): number => Number((ms / load.ms).toFixed(3));
    return {
      ...{ bytes, tables: report?.tables.length ?? 0, load, repetitions: repeat },
      profile: { ...told, shareOfLoad: share(told) },
      allRows: { ...allRows, shareOfLoad: share(allRows) },
    };
  } finally {
    await ledger.pool.end();
  }
}

/** The costs of one kind of work, over all repetitions. */
class Costs {
  private readonly server: BenchServer;
  private readonly say: BenchOptions["say"];
  private readonly times: number[] = [];
  private readonly cpus: (number | undefined)[] = [];

  constructor(server: BenchServer, say: BenchOptions["say"]) {
    this.server = server;
    this.say = say;
  }

  async add<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = await this.server.cpuSeconds();
    const startedAt = performance.now();
    const result = await work();
    const ms = performance.now() - startedAt;
    const after = await this.server.cpuSeconds();
    this.times.push(ms);
    this.cpus.push(before === undefined || after === undefined ? undefined : after - before);
    this.say(`${name} ${(ms / 1_000).toFixed(2)} s`);
    return result;
  }

  get medians(): Cost {
    const cpus = this.cpus.filter((cpu) => cpu !== undefined);
    const isKnown = cpus.length === this.cpus.length;
    return {
      ms: Math.round(median(this.times)),
      serverCpuSeconds: isKnown ? Number(median(cpus).toFixed(2)) : undefined,
    };
  }
}
