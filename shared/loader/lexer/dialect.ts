/** The server that the dump is for. It decides which versioned comments are code. */
export interface ServerDialect {
  product: "mysql" | "mariadb";
  /** In the form of versioned comments: 8.0.36 is 80036, 10.11.6 is 101106. */
  version: number;
}

/**
 * Comment versions that MariaDB does not run: MySQL's numbers from 5.7 on.
 *
 * @see MariaDB Knowledge Base, "Comment Syntax"
 */
const MYSQL_ONLY = { from: 50_700, to: 99_999 };

/**
 * Reads the dialect from a server's `VERSION()`: `10.11.6-MariaDB-1`, `8.0.36`, `5.5.5-10.6.1-MariaDB-log`.
 */
export function dialectOf(version: string): ServerDialect {
  const isMariaDb = /mariadb/i.test(version);
  const [, major = "0", minor = "0", patch = "0"] =
    /(\d+)\.(\d+)\.(\d+)/.exec(isMariaDb ? version.replace(/^5\.5\.5-/, "") : version) ?? [];
  return {
    product: isMariaDb ? "mariadb" : "mysql",
    version: Number(major) * 10_000 + Number(minor) * 100 + Number(patch),
  };
}

/**
 * Returns whether the server runs the content of a versioned comment.
 *
 * @param marker `!` for `/*!`, `M!` for MariaDB's own `/*M!`
 * @param version digits after the marker; undefined when there are none
 * @see MySQL Reference Manual, "Comments"
 */
export function runsComment(dialect: ServerDialect, marker: "!" | "M!", version: number | undefined): boolean {
  if (marker === "M!" && dialect.product !== "mariadb") return false;
  if (version === undefined) return true;
  if (version > dialect.version) return false;
  const isMysqlOnly = marker === "!" && version >= MYSQL_ONLY.from && version <= MYSQL_ONLY.to;
  return !(dialect.product === "mariadb" && isMysqlOnly);
}
