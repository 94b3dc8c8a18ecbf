import { TokenReader } from "../lexer/token-reader.ts";

/** Character set and collation of a CREATE DATABASE, lower case; undefined when it does not name them. */
export interface DatabaseDefaults {
  charset: string | undefined;
  collation: string | undefined;
}

/** How the loader handles a statement of a dump. */
export type Verdict =
  | { action: "create-table" | "alter-table" | "create-index" | "drop-table" | "drop-database" }
  | { action: "set" | "lock" | "unlock" }
  | { action: "use"; database: string }
  /** Not executed, but counted under this name. */
  | { action: "skip"; kind: string }
  | { action: "create-database"; database: string; defaults: DatabaseDefaults }
  /**
   * Removes the rows that the table had before the load. The loader creates an empty table, so nothing has to be done.
   */
  | { action: "empty-table"; kind: string; database: string | undefined; table: string }
  /** A trigger on INSERT: the stock client would run it for the rows after it. */
  | { action: "insert-trigger"; table: string }
  /**
   * A known statement that is never executed. Ignoring it would change what the dump loads, so the dump is rejected.
   */
  | { action: "forbid"; kind: string }
  | { action: "unknown" };

/** Objects with a DEFINER clause; none of them is created. */
const DEFINED = new Map(
  ["view", "trigger", "procedure", "function", "event", "package"].map((kind) => [kind.toUpperCase(), kind]),
);

/** First words of statements that do not change the loaded data. They are counted and never executed. */
const SKIPPED: readonly (readonly [kind: string, ...words: string[]])[] = [
  ["alter database", "ALTER", "DATABASE"],
  ["alter database", "ALTER", "SCHEMA"],
  ...[...DEFINED.values(), "user", "role", "sequence"].map((kind): [string, string, string] => [
    `drop ${kind}`,
    "DROP",
    kind.toUpperCase(),
  ]),
  ["user", "CREATE", "USER"],
  ["user", "ALTER", "USER"],
  ["role", "CREATE", "ROLE"],
  ["grant", "GRANT"],
  ["grant", "REVOKE"],
  ["sequence", "CREATE", "SEQUENCE"],
  ["sequence", "DO", "SETVAL"],
  ["sequence", "SELECT", "SETVAL"],
  ["flush", "FLUSH"],
  ["start transaction", "START", "TRANSACTION"],
  ["start transaction", "BEGIN"],
  ["commit", "COMMIT"],
  ["replication position", "CHANGE", "MASTER"],
  ["replication position", "CHANGE", "REPLICATION"],
  ["analyze", "ANALYZE"],
  ["optimize", "OPTIMIZE"],
];

/** First words of statements that need no more to classify. */
const ACTIONS = [
  ["set", "SET"],
  ["lock", "LOCK", "TABLES"],
  ["lock", "LOCK", "TABLE"],
  ["unlock", "UNLOCK", "TABLES"],
  ["unlock", "UNLOCK", "TABLE"],
  ["drop-database", "DROP", "DATABASE"],
  ["drop-database", "DROP", "SCHEMA"],
  ["drop-table", "DROP", "TABLE"],
  ["drop-table", "DROP", "TEMPORARY", "TABLE"],
  ["alter-table", "ALTER", "TABLE"],
  ["alter-table", "ALTER", "IGNORE", "TABLE"],
] as const;

/** Words between CREATE and the kind of object that is created. */
const MODIFIERS = new Set(["OR", "REPLACE", "AGGREGATE", "UNDEFINED", "MERGE", "TEMPTABLE", "INVOKER"]);
/** Bytes at the start of a statement in which its kind is searched; a DEFINER clause is much shorter. */
const MAX_HEAD = 2_000;

/**
 * Classifies a statement by its first words.
 *
 * @param text the statement without comments
 * @see docs/security.md, "What a dump may do": no statement of a dump is executed
 */
export function classifyStatement(text: string): Verdict {
  const reader = new TokenReader(text.slice(0, MAX_HEAD));
  if (reader.take("USE")) {
    const database = reader.name();
    return database === undefined ? { action: "unknown" } : { action: "use", database };
  }
  const action = ACTIONS.find(([, ...words]) => reader.sees(...words))?.[0];
  if (action !== undefined) return { action };
  if (reader.take("CREATE", "DATABASE") || reader.take("CREATE", "SCHEMA")) return classifyDatabase(reader);
  if (reader.sees("SELECT") && /\bINTO\b|\bLOAD_FILE\b/i.test(text))
    return { action: "forbid", kind: "SELECT ... INTO" };
  const emptied = classifyEmptying(reader);
  if (emptied !== undefined) return emptied;
  const skipped = SKIPPED.find(([, ...words]) => reader.sees(...words));
  if (skipped !== undefined) return { action: "skip", kind: skipped[0] };
  if (reader.sees("SELECT")) return { action: "skip", kind: "select" };
  if (reader.take("CREATE")) return classifyCreate(reader);
  const word = reader.peek();
  if (word?.kind !== "word" || !FORBIDDEN.has(word.value)) return { action: "unknown" };
  return { action: "forbid", kind: word.value };
}

/** These statements would change rows, files, the server or how the dump is read. */
const FORBIDDEN = new Set(
  `INSERT REPLACE UPDATE DELETE TRUNCATE RENAME LOAD CALL DO HANDLER PREPARE EXECUTE DEALLOCATE IMPORT
   INSTALL UNINSTALL KILL SHUTDOWN RESET PURGE STOP ROLLBACK SAVEPOINT XA WITH ALTER DROP SOURCE SYSTEM TEE
   CONNECT SIGNAL BINLOG CLONE`.split(/\s+/),
);

/** Classifies `DELETE FROM t` and `TRUNCATE TABLE t`, which HeidiSQL and others write before the rows. */
function classifyEmptying(reader: TokenReader): Verdict | undefined {
  const start = reader.position;
  const kind = reader.peek()?.value === "DELETE" ? "delete" : "truncate";
  const isOne = reader.take("DELETE", "FROM") || reader.take("TRUNCATE");
  if (isOne && kind === "truncate") reader.take("TABLE");
  const name = isOne ? reader.tableName() : undefined;
  if (name !== undefined && reader.isAtEnd) return { action: "empty-table", kind, ...name };
  reader.position = start;
  return undefined;
}

/** Reads the name and the defaults of a database; its other options have no effect on tables. */
function classifyDatabase(reader: TokenReader): Verdict {
  reader.take("IF", "NOT", "EXISTS");
  const database = reader.name();
  if (database === undefined) return { action: "unknown" };
  const rest = reader.tokens.slice(reader.position).map(({ kind, value }) => (kind === "string" ? "" : value));
  const options = rest.join(" ").toLowerCase();
  const charset = /(?:character set|charset) (?:= )?(\w+)/.exec(options)?.[1];
  return {
    action: "create-database",
    database,
    defaults: { charset, collation: /collate (?:= )?(\w+)/.exec(options)?.[1] },
  };
}

/** Reads name, time, event and table after the word TRIGGER. */
function classifyTrigger(reader: TokenReader): Verdict {
  reader.take("IF", "NOT", "EXISTS");
  reader.tableName();
  if (!reader.take("BEFORE")) reader.take("AFTER");
  const onInsert = reader.take("INSERT");
  reader.next();
  const name = onInsert ? reader.tableName() : undefined;
  return name === undefined ? { action: "skip", kind: "trigger" } : { action: "insert-trigger", table: name.table };
}

function classifyCreate(reader: TokenReader): Verdict {
  const isTable = /^(?:OR,REPLACE,)?TABLE$/;
  const words: string[] = [];
  for (let token = reader.next(); token !== undefined; token = reader.next()) {
    if (token.kind === "word") words.push(token.value);
    const path = words.join(",");
    if (isTable.test(path)) return { action: "create-table" };
    if (/^(?:UNIQUE,|FULLTEXT,|SPATIAL,)?INDEX$/.test(path)) return { action: "create-index" };
    if (token.kind !== "word" || MODIFIERS.has(token.value)) continue;
    const kind = DEFINED.get(token.value);
    if (kind === "trigger") return classifyTrigger(reader);
    if (kind !== undefined) return { action: "skip", kind };
    if (words.length === 1 && ["TEMPORARY", "SERVER", "TABLESPACE", "LOGFILE", "SPATIAL"].includes(token.value)) {
      return { action: "forbid", kind: `CREATE ${token.value}` };
    }
    if (!["DEFINER", "ALGORITHM", "SQL", "SECURITY", "CURRENT_USER", "UNIQUE", "FULLTEXT"].includes(token.value)) {
      // in hand-written dumps, the name and host of the definer are unquoted
      if (!words.includes("DEFINER")) return { action: "unknown" };
    }
  }
  return { action: "unknown" };
}
