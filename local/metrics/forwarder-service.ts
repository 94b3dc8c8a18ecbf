import { join } from "node:path";
import type { RunningEmulator } from "../deploy.ts";
import { runningService, startService } from "../service-process.ts";

/** Options of the forwarder. */
export interface ForwarderService {
  folder: string;
  emulator: Pick<RunningEmulator, "env">;
  /** Process ID: the forwarder stops when this process ends; for tests. */
  parentPid?: number | undefined;
}

/** Starts the metric forwarder, unless it already runs. It exits when the emulator has stopped. */
export async function startForwarder({ folder, emulator, parentPid }: ForwarderService): Promise<void> {
  if ((await runningService(folder)) !== undefined) return;
  await startService({
    name: "the metric forwarder",
    command: process.execPath,
    args: [join(import.meta.dirname, "forward.ts")],
    env: {
      ...emulator.env,
      PATH: process.env["PATH"],
      HOME: folder,
      BATON_SERVICE: folder,
      ...(process.env["BATON_PERIOD_SCALE"] !== undefined && { BATON_PERIOD_SCALE: process.env["BATON_PERIOD_SCALE"] }),
    },
    folder,
    parentPid,
  });
}
