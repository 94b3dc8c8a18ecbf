/** The server's error number; undefined for an error that does not come from the server. @see MySQL Error Message Reference */
export function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errno" in error)) return undefined;
  return typeof error.errno === "number" ? error.errno : undefined;
}
