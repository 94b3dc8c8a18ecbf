import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { accessKeySchema } from "./emulator/client-options.ts";
import { engines } from "./engine.ts";
import { stateFolder } from "../shared/config/checkout.ts";
import { runningService } from "./service-process.ts";

// Apart from stack.ts, which imports the AWS SDK: commands that only read need little time to start.

/** The local stack, as `baton local status --json` prints it. */
export const localStatusSchema = z.object({
  stage: z.string(),
  endpoint: z.string(),
  region: z.string(),
  /** The emulator's root user. */
  credentials: accessKeySchema,
  bus: z.string(),
  bucket: z.string(),
  replayFunction: z.string(),
  alertsQueue: z.string(),
  /** The writer: `<account>/<region>/<stage>`. */
  deployment: z.string(),
  /** Fingerprint of the warehouse that the deployment expects. */
  targetFingerprint: z.string().optional(),
  queues: z.record(z.string(), z.object({ url: z.string(), dlqUrl: z.string() })),
  /** The server's administrator, for manual queries; functions and commands use other users. */
  database: z.object({
    // a stack of Baton 0.1 does not report it
    engine: z.enum(engines).default("mariadb"),
    host: z.string(),
    port: z.number(),
    user: z.string(),
    password: z.string(),
    url: z.string(),
  }),
  /** The database user of the commands. */
  operator: z.object({ user: z.string(), password: z.string() }),
});
export type LocalStatus = z.infer<typeof localStatusSchema>;

/** Folders of the services. */
export const serviceFolders = {
  mariadb: join(stateFolder, "mariadb"),
  mysql: join(stateFolder, "mysql"),
  emulator: join(stateFolder, "emulator"),
  forwarder: join(stateFolder, "forwarder"),
};

/** Contains the status while the stack runs. */
export const statusFile = join(stateFolder, "stack.json");

/** The running local stack; undefined when it does not run. */
export async function localStatus(): Promise<LocalStatus | undefined> {
  const services = [serviceFolders.emulator, serviceFolders.mariadb, serviceFolders.mysql];
  const [emulator, ...databases] = await Promise.all(services.map(runningService));
  if (emulator === undefined || databases.every((pid) => pid === undefined)) return undefined;
  const text = await readFile(statusFile, "utf8").catch(() => undefined);
  // the file of another version of Baton counts as none: `local up` writes it again
  return text === undefined ? undefined : localStatusSchema.safeParse(JSON.parse(text)).data;
}
