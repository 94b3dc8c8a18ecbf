/**
 * Rule clean_text: spaces, tabs, newlines and U+3000 are trimmed; then nothing, `--` and any case of `null` are NULL.
 */
export function cleanText(text: string | null): string | null {
  if (text === null) return null;
  const trimmed = text.replace(/^[ \t\r\n\u3000]+/, "").replace(/[ \t\r\n\u3000]+$/, "");
  return trimmed === "" || trimmed === "--" || trimmed.toLowerCase() === "null" ? null : trimmed;
}
