/** Answers of the function `migrate`, which alone may write here. */
export const MIGRATIONS_PREFIX = "migrations/";

/** The answer to a request in the environment's bucket, by the ID of its event. */
export function migrationKey(id: string): string {
  return `${MIGRATIONS_PREFIX}${id}.json`;
}
