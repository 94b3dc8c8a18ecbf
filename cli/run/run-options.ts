import type { BusinessDate } from "../../events/ids.ts";

/** Options of `baton run`. */
export interface RunOptions {
  dump?: string | undefined;
  date?: BusinessDate | undefined;
  replace?: boolean | undefined;
  force?: boolean | undefined;
  from?: string | undefined;
  allowStale?: boolean | undefined;
  watch?: boolean | undefined;
  remote?: boolean | undefined;
  json?: boolean | undefined;
}

/** The `run` command with these options, for a hint that repeats the operator's options. */
export function runCommandLine(options: RunOptions): string {
  const { dump, date, from, replace, force, allowStale, watch, json } = options;
  const values = { "--dump": dump, "--date": date, "--from": from };
  const flags = {
    "--replace": replace,
    "--force": force,
    "--allow-stale": allowStale,
    "--watch": watch,
    "--json": json,
  };
  return [
    "run",
    ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name, quoted(value)])),
    ...Object.entries(flags).flatMap(([name, isGiven]) => (isGiven === true ? [name] : [])),
  ].join(" ");
}

/** A word, quoted for a shell. */
function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
