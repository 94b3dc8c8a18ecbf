import { bytes, refused, type CorpusCase } from "./corpus-case.ts";

const TABLE =
  "CREATE TABLE `t` (`id` int NOT NULL, `n` tinyint, `v` varchar(5) NOT NULL, `d` date, `e` enum('a','b'), PRIMARY KEY (`id`), UNIQUE KEY `only_v` (`v`));\n";

const AT_ONCE = new RegExp(`byte ${TABLE.length + 1}, line 3, table t`);

/** A syntax error, found while reading the dump. */
function text(name: string, code: string, sql: string | Buffer, message?: RegExp): CorpusCase {
  return refused(name, code, Buffer.concat([bytes(TABLE), Buffer.from(sql)]), message);
}

/** Rows that the server does not accept unchanged, although the stock client's session would convert them. */
function data(name: string, code: string, sql: string, message: RegExp): CorpusCase {
  return refused(name, code, `${TABLE}\n${sql}\n`, message);
}

/** Dumps that are broken, or whose rows do not fit their tables. */
export const brokenDumps: readonly CorpusCase[] = [
  text("a quote that ends too early", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,1,'it's',NULL,'a');", /line 2, table t/),
  text("a quote that is missing at the end", "DUMP_TRUNCATED", "INSERT INTO t VALUES (1,1,'abc,NULL,NULL);\n", /within a quoted text/),
  text("a quote that is missing at the start", "DUMP_EXPRESSION", "INSERT INTO t VALUES (1,1,abc',NULL,NULL);\n"),
  text("a backslash before the closing quote", "DUMP_TRUNCATED", "INSERT INTO t VALUES (1,1,'abc\\',NULL,NULL);\n"),
  text("an unclosed back-quote", "DUMP_TRUNCATED", "INSERT INTO `t VALUES (1,1,'a',NULL,NULL);\n"),
  text("a missing parenthesis", "DUMP_COLUMN_COUNT", "INSERT INTO t VALUES (1,1,'a',NULL,'a',(2,1,'b',NULL,'a');"),
  text("a missing comma between rows", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,1,'a',NULL,'a')(2,1,'b',NULL,'a');"),
  text("an extra comma", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,1,'a',NULL,'a'),;"),
  text("a missing value", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,,'a',NULL,'a');"),
  text("no values at all", "DUMP_SYNTAX", "INSERT INTO t VALUES ();"),
  text("no rows at all", "DUMP_SYNTAX", "INSERT INTO t VALUES ;"),
  text("too few values", "DUMP_COLUMN_COUNT", "INSERT INTO t VALUES (1,1,'a',NULL,'a'),(2,1,'b',NULL);", /row 2/),
  text("too many values", "DUMP_COLUMN_COUNT", "INSERT INTO t VALUES (1,1,'a',NULL,'a',1);"),
  text("an unknown column", "DUMP_COLUMN_UNKNOWN", "INSERT INTO t (id, w) VALUES (1,1);", /column w/),
  text("a column named twice", "DUMP_SYNTAX", "INSERT INTO t (id, v, id) VALUES (1,'a',2);"),
  text("a NUL byte between statements", "DUMP_SYNTAX", "\0INSERT INTO t VALUES (1,1,'a',NULL,'a');"),
  text("a NUL byte between values", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,\0 1,'a',NULL,'a');"),
  text("a run of NUL bytes, as a crashed disk leaves them", "DUMP_SYNTAX", `INSERT INTO t VALUES (1,1,'a',NULL,'a');\n${"\0".repeat(4096)}`),
  text("an unclosed comment", "DUMP_TRUNCATED", "INSERT INTO t VALUES (1,1,'a',NULL,'a'); /* never closed"),
  text("an unclosed versioned comment", "DUMP_TRUNCATED", "/*!40101 SET NAMES utf8"),
  text("a statement without its end", "DUMP_TRUNCATED", "INSERT INTO t VALUES (1,1,'a',NULL,'a')"),
  text("a number with two dots", "DUMP_EXPRESSION", "INSERT INTO t VALUES (1,1.2.3,'a',NULL,'a');"),
  text("an odd number of hexadecimal digits", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,1,x'414',NULL,'a');"),
  text("digits that are not hexadecimal", "DUMP_SYNTAX", "INSERT INTO t VALUES (1,1,x'4G',NULL,'a');"),
  text("rows of an undefined table", "DUMP_NO_TABLE", "INSERT INTO u VALUES (1);", /table u/),
  text("rows after DROP TABLE", "DUMP_NO_TABLE", "DROP TABLE t;\nINSERT INTO t VALUES (1,1,'a',NULL,'a');"),
  text("a table that is defined twice", "DUMP_TABLE_TWICE", TABLE, /table t/),
  text("text of an error message", "DUMP_STATEMENT_UNKNOWN", "mysqldump: Error 2013: Lost connection to MySQL server during query when dumping table `t` at row: 5\n;"),
  refused("a warning of the dump program on its first line", "DUMP_STATEMENT_UNKNOWN", `mysqldump: [Warning] Using a password on the command line interface can be insecure.\n${TABLE}`, /a message of mysqldump, which 2>&1/),
  refused("row versions of --dump-history", "DUMP_COLUMN_UNKNOWN", "CREATE TABLE t (a int) WITH SYSTEM VERSIONING;\nINSERT INTO t (a, row_start, row_end) VALUES (1,'2026-11-28 13:28:57.117896','2026-11-28 13:28:57.124103');", /without --dump-history/),
  refused("a zip archive", "DUMP_COMPRESSION", bytes("PK\x03\x04\x14\0\0\0\x08\0"), /a zip archive/),
  refused("a bzip2 file", "DUMP_COMPRESSION", bytes("BZh91AY&SY"), /a bzip2 file/),
  refused("an xz file", "DUMP_COMPRESSION", bytes("\xfd7zXZ\0\0\x04"), /an xz file/),
  refused("a tar archive", "DUMP_COMPRESSION", bytes(`dump.sql${"\0".repeat(249)}ustar  \0`), /a tar archive/),
  refused("all databases of MySQL", "DUMP_SEVERAL_DATABASES", `USE app;\n${TABLE}USE mysql;\nCREATE TABLE IF NOT EXISTS general_log (a int) ENGINE=CSV;`, /--all-databases/),
  refused("values that are equal only in the collation that replaces theirs", "DUMP_DUPLICATE_KEY", "CREATE TABLE t (v varchar(9) COLLATE utf8mb4_zz_0900_ai_ci, UNIQUE KEY (v));\nINSERT INTO t VALUES ('a'),('A');", /utf8mb4_unicode_ci in place of utf8mb4_zz_0900_ai_ci, which it lacks/),
  refused("a function call in place of a value", "DUMP_EXPRESSION", `${TABLE}INSERT INTO t VALUES (1,1,from_unixtime(1),NULL,'a');`, /found from_unixtime/),
  refused("nothing", "DUMP_EMPTY", ""),
  refused("comments only", "DUMP_EMPTY", "-- nothing here\n/* nor here */\n"),
  refused("a web page", "DUMP_STATEMENT_UNKNOWN", "<!DOCTYPE html>\n<html><body>404; not found</body></html>\n"),
  refused("random bytes", "DUMP_TRUNCATED", Buffer.from(Array.from({ length: 2_000 }, (_, n) => (n * n * 31 + n * 7 + 128) % 256))),
  refused("rows without definitions", "DUMP_NO_TABLE", "INSERT INTO t VALUES (1);"),
  refused("a definition without its closing parenthesis", "DUMP_DEFINITION", "CREATE TABLE t (a int;"),
  refused("a definition with a stray comma", "DUMP_DEFINITION", "CREATE TABLE t (a int,);"),
  refused("a definition without a type", "DUMP_DEFINITION", "CREATE TABLE t (a);"),
  refused("a definition that the server refuses", "DUMP_DEFINITION", "\n\nCREATE TABLE t (a int, a int);", /byte 2, line 3, table t/),
  refused("a key on an unknown column", "DUMP_DEFINITION", "CREATE TABLE t (a int, KEY k (z));INSERT INTO t VALUES (1);", /table t/),
  refused("a foreign key on an unknown column", "DUMP_DEFINITION", "CREATE TABLE p (a int PRIMARY KEY);CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES p (z));INSERT INTO t VALUES (1);INSERT INTO p VALUES (1);"),
  refused("AUTO_INCREMENT without a key", "DUMP_DEFINITION", "CREATE TABLE t (a int AUTO_INCREMENT);INSERT INTO t VALUES (1);"),
  data("a duplicate key", "DUMP_DUPLICATE_KEY", "INSERT INTO t VALUES (1,1,'a',NULL,'a'),(1,1,'b',NULL,'a');", AT_ONCE),
  data("a duplicate key, in two statements", "DUMP_DUPLICATE_KEY", "INSERT INTO t VALUES (1,1,'a',NULL,'a');\nINSERT INTO t VALUES (1,1,'b',NULL,'a');", /table t/),
  data("a duplicate key, in INSERT IGNORE", "DUMP_DUPLICATE_KEY", "INSERT IGNORE INTO t VALUES (1,1,'a',NULL,'a'),(1,1,'b',NULL,'a');", /table t/),
  data("a duplicate key, in REPLACE", "DUMP_DUPLICATE_KEY", "REPLACE INTO t VALUES (1,1,'a',NULL,'a'),(1,1,'b',NULL,'a');", /table t/),
  data("a duplicate unique value", "DUMP_DUPLICATE_KEY", "INSERT INTO t VALUES (1,1,'a',NULL,'a'),(2,1,'A',NULL,'a');", /table t/),
  data("a number that is too large", "DUMP_DATA", "INSERT INTO t VALUES (1,128,'a',NULL,'a');", AT_ONCE),
  data("an invalid number", "DUMP_DATA", "INSERT INTO t VALUES (1,'x','a',NULL,'a');", /line 3, table t/),
  data("a number followed by text", "DUMP_DATA", "INSERT INTO t VALUES (1,'1x','a',NULL,'a');", /line 3, table t/),
  data("an empty text for a number", "DUMP_DATA", "INSERT INTO t VALUES (1,'','a',NULL,'a');", /line 3, table t/),
  data("a text that is too long", "DUMP_DATA", "INSERT INTO t VALUES (1,1,'abcdef',NULL,'a');", /line 3, table t/),
  data("NULL in a NOT NULL column", "DUMP_DATA", "INSERT INTO t VALUES (1,1,NULL,NULL,'a');", /line 3, table t/),
  data("an omitted column without a default", "DUMP_DATA", "INSERT INTO t (id) VALUES (1);", /line 3, table t/),
  data("an invalid date", "DUMP_DATA", "INSERT INTO t VALUES (1,1,'a','2026-13-01','a');", /line 3, table t/),
  data("an unknown member of an enumeration", "DUMP_DATA", "INSERT INTO t VALUES (1,1,'a',NULL,'c');", /line 3, table t/),
  data("an error in the last of many rows", "DUMP_DATA", `INSERT INTO t VALUES ${Array.from({ length: 999 }, (_, id) => `(${id},1,'${id}',NULL,'a')`).join(",")};\nINSERT INTO t VALUES (1000,1,'${"x".repeat(9)}',NULL,'a');`, /table t/),
  refused("a row that breaks a check", "DUMP_DATA", "CREATE TABLE t (a int CHECK (a > 0));\nINSERT INTO t VALUES (0);", /line 2, table t/),
  refused("a row outside all partitions", "DUMP_DATA", "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (10));\nINSERT INTO t VALUES (11);", /line 2, table t/),
  refused("invalid JSON", "DUMP_DATA", "CREATE TABLE t (j json);\nINSERT INTO t VALUES ('{');", /line 2, table t/),
  refused("an invalid geometry", "DUMP_DATA", "CREATE TABLE t (g geometry);\nINSERT INTO t VALUES (0x00010203);", /line 2, table t/),
  refused("a geometry of another kind than its column", "DUMP_DATA", "CREATE TABLE t (g polygon);\nINSERT INTO t VALUES (0x000000000101000000000000000000F03F0000000000000040);", /line 2, table t/),
]; // prettier-ignore
