import { z } from "zod";

/** An access key of the emulator. */
export const accessKeySchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });
export type AccessKey = z.infer<typeof accessKeySchema>;

/** Options with which SDK clients reach the emulator. */
export function clientOptions(emulator: { endpoint: string; region: string; credentials: AccessKey }) {
  const { endpoint, region, credentials } = emulator;
  return { endpoint, region, credentials };
}
