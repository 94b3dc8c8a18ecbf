import type { DefinitionReader } from "./definition-reader.ts";

/**
 * Reads and writes PARTITION BY and everything after it. The next token must be PARTITION. Unusual forms are rejected.
 */
export function readPartitions(reader: DefinitionReader, dropped: string[]): void {
  reader.expect("PARTITION", "BY");
  readScheme(reader);
  if (reader.take("PARTITIONS")) reader.number();
  if (reader.take("SUBPARTITION", "BY")) {
    readScheme(reader);
    if (reader.take("SUBPARTITIONS")) reader.number();
  }
  if (reader.sees("(")) reader.list(() => readPartition(reader, dropped));
  if (!reader.isAtEnd) reader.reject("the end of PARTITION BY");
}

function readScheme(reader: DefinitionReader): void {
  reader.take("LINEAR");
  if (reader.take("KEY")) {
    if (reader.take("ALGORITHM", "=")) reader.number();
    if (!reader.take("(", ")")) reader.list(() => reader.name("a column"));
  } else if (reader.take("HASH")) reader.expression();
  else if (reader.take("SYSTEM_TIME")) readHistory(reader);
  else {
    if (reader.takeAny(["RANGE", "LIST"]) === undefined) reader.reject("HASH, KEY, RANGE, LIST or SYSTEM_TIME");
    if (reader.take("COLUMNS")) reader.list(() => reader.name("a column"));
    else reader.expression();
  }
}

/** Reads the clause that says when MariaDB begins the next partition of old row versions. */
function readHistory(reader: DefinitionReader): void {
  if (reader.take("LIMIT")) reader.number();
  if (reader.take("INTERVAL")) {
    reader.number();
    reader.takeAny(["SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]);
    if (reader.take("STARTS")) reader.constant();
  }
  reader.take("AUTO");
}

function readPartition(reader: DefinitionReader, dropped: string[]): void {
  reader.expect("PARTITION");
  reader.name("a partition");
  if (reader.take("VALUES", "LESS", "THAN")) {
    if (!reader.take("MAXVALUE")) reader.expression();
  } else if (reader.take("VALUES", "IN")) reader.expression();
  else if (!reader.take("DEFAULT")) reader.takeAny(["HISTORY", "CURRENT"]);
  readPartitionOptions(reader, dropped);
  if (!reader.sees("(")) return;
  reader.list(() => {
    reader.expect("SUBPARTITION");
    reader.name("a partition");
    readPartitionOptions(reader, dropped);
  });
}

function readPartitionOptions(reader: DefinitionReader, dropped: string[]): void {
  for (;;) {
    reader.drop("STORAGE");
    if (reader.drop("ENGINE")) {
      reader.drop("=");
      if (reader.readName("an engine").toUpperCase() !== "INNODB") dropped.push("partition option");
    } else if (reader.take("COMMENT")) {
      reader.take("=");
      reader.string();
    } else if (reader.takeAny(["MAX_ROWS", "MIN_ROWS"]) !== undefined) {
      reader.take("=");
      reader.number();
    } else return;
  }
}
