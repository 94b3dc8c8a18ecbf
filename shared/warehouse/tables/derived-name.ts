import { createHash } from "node:crypto";

/** Longest name of a schema, table or lock, in characters. @see MySQL Reference Manual, "Identifier Length Limits" */
const MAX_NAME = 64;
/** Hexadecimal digits that keep shortened names apart. */
const HASH_DIGITS = 10;

/**
 * Derives a name from another one: `<name><suffix>`, at most `limit` characters. A name that is too long is cut and
 * ends with a hash of the whole name, so that two long names stay different. It cannot be read back: whoever needs the
 * full name records it.
 */
export function derivedName(name: string, suffix = "", limit = MAX_NAME): string {
  const characters = [...name];
  const room = limit - suffix.length;
  if (characters.length <= room) return name + suffix;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_DIGITS);
  return `${characters.slice(0, room - HASH_DIGITS - 1).join("")}_${hash}${suffix}`;
}
