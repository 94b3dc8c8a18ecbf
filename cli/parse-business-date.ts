import { InvalidArgumentError } from "commander";
import { businessDateSchema, type BusinessDate } from "../events/ids.ts";

/** Parses a business date given as an option. */
export function parseBusinessDate(text: string): BusinessDate {
  const parsed = businessDateSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError("expected a day, such as 2026-02-07");
  return parsed.data;
}
