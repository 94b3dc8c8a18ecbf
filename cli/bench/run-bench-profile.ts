import { benchProfile } from "../../test/bench/bench-profile.ts";
import { BenchServer } from "../../test/bench/bench-server.ts";
import { printProfileBench } from "../output/print-bench-profile.ts";
import { untilInterrupted } from "./until-interrupted.ts";

/** Runs `baton bench profile`: starts the server, measures, and removes the server whatever happens. */
export async function runBenchProfile(options: { size: number; repeat: number; json: boolean }): Promise<void> {
  const { size, repeat, json } = options;
  const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);
  await untilInterrupted(async (signal) => {
    const server = await BenchServer.start();
    try {
      printProfileBench(await benchProfile(server, size, { repeat, signal, say }), { json });
    } finally {
      await server.close();
    }
  });
}
