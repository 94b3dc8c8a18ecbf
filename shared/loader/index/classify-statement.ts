import { TokenReader } from "../lexer/token-reader.ts";

/** What is done with a statement of a dump. */
export type Verdict =
  | { action: "create-table" | "alter-table" | "create-index" | "set" | "drop-table" }
  | { action: "use"; database: string }
  | { action: "lock" | "unlock" }
  /** Not executed, counted under this name. */
  | { action: "skip"; kind: string }
  | { action: "drop-database"; database: string }
  /** Takes away the rows that the table had before the dump was loaded: it has none here. */
  | { action: "empty-table"; kind: string; database: string | undefined; table: string }
  /** A trigger on INSERT: the stock client would run it for rows that come after it. */
  | { action: "insert-trigger"; table: string }
  /** Known, and never executed: the dump would not load as it says. */
  | { action: "forbid"; kind: string }
  | { action: "unknown" };

/** Statements that change nothing that is loaded, by their first words; they are counted and never executed. */
const SKIPPED: readonly (readonly [kind: string, ...words: string[]])[] = [
  ["create database", "CREATE", "DATABASE"],
  ["create database", "CREATE", "SCHEMA"],
  ["alter database", "ALTER", "DATABASE"],
  ["alter database", "ALTER", "SCHEMA"],
  ["drop view", "DROP", "VIEW"],
  ["drop trigger", "DROP", "TRIGGER"],
  ["drop procedure", "DROP", "PROCEDURE"],
  ["drop function", "DROP", "FUNCTION"],
  ["drop package", "DROP", "PACKAGE"],
  ["drop event", "DROP", "EVENT"],
  ["drop user", "DROP", "USER"],
  ["drop role", "DROP", "ROLE"],
  ["drop sequence", "DROP", "SEQUENCE"],
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

/** Words between CREATE and the kind of thing that is created. */
const MODIFIERS = new Set(["OR", "REPLACE", "AGGREGATE", "UNDEFINED", "MERGE", "TEMPTABLE", "INVOKER"]);
/** Things whose definition names its author; none of them is executed. */
const DEFINED = new Map([
  ["VIEW", "view"],
  ["TRIGGER", "trigger"],
  ["PROCEDURE", "procedure"],
  ["FUNCTION", "function"],
  ["EVENT", "event"],
  ["PACKAGE", "package"],
]);
/** Longest head that a kind is read from; a DEFINER is far shorter. */
const MAX_HEAD = 2_000;

/**
 * Decides what is done with a statement, by its first words.
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
  if (reader.sees("SET")) return { action: "set" };
  if (reader.sees("LOCK", "TABLES") || reader.sees("LOCK", "TABLE")) return { action: "lock" };
  if (reader.sees("UNLOCK", "TABLES") || reader.sees("UNLOCK", "TABLE")) return { action: "unlock" };
  if (reader.take("DROP", "DATABASE") || reader.take("DROP", "SCHEMA")) {
    reader.take("IF", "EXISTS");
    const database = reader.name();
    return database === undefined ? { action: "unknown" } : { action: "drop-database", database };
  }
  if (reader.sees("DROP", "TABLE") || reader.sees("DROP", "TEMPORARY", "TABLE")) return { action: "drop-table" };
  if (reader.sees("ALTER", "TABLE") || reader.sees("ALTER", "IGNORE", "TABLE")) return { action: "alter-table" };
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

/** They would change rows, files, the server or what is read afterwards. */
const FORBIDDEN = new Set([
  "INSERT",
  "REPLACE",
  "UPDATE",
  "DELETE",
  "TRUNCATE",
  "RENAME",
  "LOAD",
  "CALL",
  "DO",
  "HANDLER",
  "PREPARE",
  "EXECUTE",
  "DEALLOCATE",
  "IMPORT",
  "INSTALL",
  "UNINSTALL",
  "KILL",
  "SHUTDOWN",
  "RESET",
  "PURGE",
  "STOP",
  "ROLLBACK",
  "SAVEPOINT",
  "XA",
  "WITH",
  "ALTER",
  "DROP",
  "SOURCE",
  "SYSTEM",
  "TEE",
  "CONNECT",
  "SIGNAL",
  "BINLOG",
  "CLONE",
]);

/** `DELETE FROM t` and `TRUNCATE TABLE t`, which HeidiSQL and others write before the rows. */
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

/** Reads on behind the word TRIGGER: name, time, event, table. */
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
      // the author's name and host stand unquoted in hand-written dumps
      if (!words.includes("DEFINER")) return { action: "unknown" };
    }
  }
  return { action: "unknown" };
}
