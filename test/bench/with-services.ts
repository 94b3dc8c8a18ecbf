import { startServices, stopServices } from "../support/services.ts";

/** Runs work with separate services, like those of the tests; they are always removed afterwards. */
export async function withServices<T>(work: () => Promise<T>): Promise<T> {
  await startServices();
  try {
    return await work();
  } finally {
    await stopServices();
  }
}
