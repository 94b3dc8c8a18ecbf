/** A string or a number of a JSON text. */
const TOKEN = /"((?:[^"\\]|\\.)*")|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
/** MySQL keeps whole numbers of 64 bits exactly, and all others as a double. */
const MAX_WHOLE = 2n ** 64n;

/**
 * A text that is equal for equal JSON values: keys sorted, no white space, numbers by value. MySQL writes JSON in a form
 * of its own, and MariaDB keeps the text as it was written.
 *
 * @returns the text itself if it is not JSON
 */
export function jsonValue(text: string): string {
  // the kind keeps a string apart from a number with the same text
  const tagged = text.replace(TOKEN, (token, string?: string) =>
    string === undefined ? `"n${numberText(token)}"` : `"s${string}`,
  );
  try {
    return JSON.stringify(sorted(JSON.parse(tagged)));
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function numberText(token: string): string {
  if (/^-?\d+$/.test(token)) {
    const whole = BigInt(token);
    if (whole < MAX_WHOLE && whole > -MAX_WHOLE) return String(whole);
  }
  return String(Number(token));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, sorted(child)] as const);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1));
}
