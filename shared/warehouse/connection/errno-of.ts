/** The server's number of an error; undefined for errors that are not the server's. @see MySQL Error Message Reference */
export function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errno" in error)) return undefined;
  return typeof error.errno === "number" ? error.errno : undefined;
}
