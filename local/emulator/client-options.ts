/** Options with which SDK clients reach the emulator. */
export function clientOptions({ endpoint, region }: { endpoint: string; region: string }) {
  return { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}
