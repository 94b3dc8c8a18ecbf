import { BatonError } from "../../shared/errors/errors.ts";
import { failed, type Check } from "./check.ts";

/** The results of a check, or a failed check with the reason why it could not run. */
export async function attempt(name: string, check: () => Promise<Check | Check[]>, fix: string): Promise<Check[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    const advice = error instanceof BatonError ? error.advice : undefined;
    return [failed(name, `the check could not run: ${messageOf(error)}`, advice ?? fix)];
  }
}

/** The message of an error with its code or name. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // drivers leave the message empty when several addresses refuse the connection
  const code = "code" in error ? String(error.code) : error.name;
  return error.message === "" ? code : `${code}: ${error.message}`;
}
