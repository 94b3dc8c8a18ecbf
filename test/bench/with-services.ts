import { startServices, stopServices } from "../support/services.ts";

/** Does some work with services of its own, such as the tests have; they are removed whatever happens. */
export async function withServices<T>(work: () => Promise<T>): Promise<T> {
  await startServices();
  try {
    return await work();
  } finally {
    await stopServices();
  }
}
