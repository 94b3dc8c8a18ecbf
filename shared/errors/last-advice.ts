/** The advice for an error after the last attempt: what it says about further retries is no longer true. */
export function lastAdvice(advice: string): string {
  return advice
    .split(/(?<=\.) /)
    .map((sentence) => (/\bretri(?:es|ed)\b/.test(sentence) ? "The retries did not help." : sentence))
    .join(" ");
}
