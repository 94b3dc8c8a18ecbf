import { PermanentError } from "../shared/errors/errors.ts";

/** The database engines that the local stack, the tests and the benchmarks can use. */
export const engines = ["mariadb", "mysql"] as const;
export type Engine = (typeof engines)[number];

/** Product names for messages. */
export const engineNames: Readonly<Record<Engine, string>> = { mariadb: "MariaDB", mysql: "MySQL" };

/**
 * The engine in `BATON_ENGINE`; undefined if it is not set.
 *
 * @throws PermanentError CONFIG_INVALID for an unknown name
 */
export function requestedEngine(): Engine | undefined {
  const value = process.env["BATON_ENGINE"] ?? "";
  if (value === "") return undefined;
  const engine = engines.find((name) => name === value);
  if (engine !== undefined) return engine;
  throw new PermanentError("CONFIG_INVALID", `BATON_ENGINE is ${value}; expected ${engines.join(" or ")}`, {
    kind: "input",
    advice: `Set BATON_ENGINE to ${engines.join(" or ")}, or unset it for MariaDB.`,
  });
}

/** The engine in `BATON_ENGINE`, else MariaDB. */
export function chosenEngine(): Engine {
  return requestedEngine() ?? "mariadb";
}
