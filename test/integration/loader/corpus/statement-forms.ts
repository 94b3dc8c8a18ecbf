import { bytes, loads, loadsAs, loadsOnMariadb, type CorpusCase } from "./corpus-case.ts";

const TABLE =
  "CREATE TABLE `t` (`id` int NOT NULL, `v` varchar(100), `b` blob, PRIMARY KEY (`id`), KEY `by_v` (`v`));\n";
const raw = String.raw;

const NOT_EXECUTED = [
  "CREATE VIEW v AS SELECT 1",
  "CREATE PROCEDURE p() SELECT 1",
  "CREATE FUNCTION f() RETURNS int RETURN 1",
  "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
  "CREATE PACKAGE k AS END",
  "CREATE SEQUENCE s",
  "CREATE USER u",
  "CREATE ROLE r",
  "GRANT SELECT ON *.* TO u",
  "ALTER DATABASE d CHARACTER SET latin1",
  ...["VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "PACKAGE", "EVENT", "USER", "ROLE", "SEQUENCE"].map(
    (kind) => `DROP ${kind} IF EXISTS x`,
  ),
  "FLUSH PRIVILEGES",
  "CHANGE MASTER TO MASTER_LOG_POS=4",
  "ANALYZE TABLE t",
  "OPTIMIZE TABLE t",
  "SELECT 1",
];

/** A case with rows of `TABLE` in the given form. */
function rows(name: string, text: string): CorpusCase {
  return loads(name, TABLE + text);
}

/** A case with a row whose text is the given literal. */
function literal(name: string, text: string): CorpusCase {
  return rows(`the value ${name}`, `INSERT INTO t VALUES (1,${text},NULL),(2,'x',${text});`);
}

/** Forms of INSERT statements and of the text around them. */
export const statementForms: readonly CorpusCase[] = [
  rows("all on one line", "INSERT INTO `t` VALUES (1,'a','b'),(2,NULL,''),(3,'c','d');"),
  rows("a line for each row", "INSERT INTO `t` VALUES\n(1,'a','b'),\n(2,NULL,''),\n(3,'c','d');\n"),
  rows(
    "lines that end in CR LF",
    "INSERT INTO `t` VALUES\r\n(1,'a','b'),\r\n(2,NULL,'');\r\nINSERT INTO t VALUES (3,'c','d');\r\n",
  ),
  rows("a statement for each row", "INSERT INTO `t` VALUES (1,'a','b');\nINSERT INTO `t` VALUES (2,'a','b');\n"),
  rows("tabs and spaces everywhere", "INSERT\tINTO  `t`\n VALUES \t( 1 , 'a' ,\n'b' ) , ( 2,'c'\t,'d' ) ;"),
  rows("no space at all", "INSERT INTO`t`VALUES(1,'a','b'),(2,'c','d');INSERT INTO`t`VALUES(3,'e','f');"),
  rows("form feed and vertical tab as space", "INSERT INTO t VALUES\f(1,'a',\v'b');"),
  rows("lower case", "insert into t values (1,'a',null),(2,Null,nULL);"),
  rows("VALUE for VALUES", "INSERT INTO t VALUE (1,'a','b');"),
  rows("INSERT without INTO", "INSERT t VALUES (1,'a','b');"),
  rows("REPLACE INTO", "REPLACE INTO `t` VALUES (1,'a','b'),(2,'c','d');"),
  rows("REPLACE without INTO", "REPLACE t VALUES (1,'a','b');"),
  rows("INSERT IGNORE", "INSERT  IGNORE INTO `t` VALUES (1,'a','b'),(2,'c','d');"),
  rows("INSERT LOW_PRIORITY", "INSERT LOW_PRIORITY INTO t VALUES (1,'a','b');"),
  rows("INSERT HIGH_PRIORITY IGNORE", "INSERT HIGH_PRIORITY IGNORE INTO t VALUES (1,'a','b');"),
  rows("a list of columns", "INSERT INTO `t` (`id`, `v`, `b`) VALUES (1,'a','b');"),
  rows("a list of columns in another order", "INSERT INTO t (b,id,v) VALUES ('a',1,'b'),('c',2,'d');"),
  rows(
    "lists that leave columns out",
    "INSERT INTO t (id) VALUES (1),(2);INSERT INTO t (v,id) VALUES ('a',3);INSERT INTO t VALUES (4,'b','c');",
  ),
  rows("columns in another case", "INSERT INTO t (ID, V, `B`) VALUES (1,'a','b');"),
  rows(
    "comments between all tokens",
    "INSERT /* a */ INTO /* b */ t /* c */ VALUES /* d */ ( /* e */ 1 /* f */ , /* g */ 'a' /* h */ , 'b' /* i */ ) /* j */ , /* k */ (2,'c','d') /* l */ ;",
  ),
  rows("comments with quotes", "INSERT INTO t VALUES /* it's */ (1,'a','b'), -- it's\n(2,'c','d') # it's\n;"),
  rows("a comment like a statement's end", "INSERT INTO t VALUES (1,'a','b') /* ; */ , -- ;\n(2,'c','d');"),
  rows("versioned comments between values", "INSERT INTO t VALUES (1,/*!40100 'a'*/,/*!99999 'x',*/'b');"),
  rows("a versioned comment around a list of columns", "INSERT INTO t /*!40000 (id, v, b) */ VALUES (1,'a','b');"),
  rows("comment lines of dashes", "--\n-- Dumping data for table `t`\n--\n\nINSERT INTO t VALUES (1,'a','b');\n--\n--"),
  rows("empty statements", ";;;\nINSERT INTO t VALUES (1,'a','b');;\n; ;"),
  rows(
    "a lock around the rows",
    "LOCK TABLES `t` WRITE;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\nINSERT INTO t VALUES (1,'a','b');\n/*!40000 ALTER TABLE `t` ENABLE KEYS */;\nUNLOCK TABLES;\n",
  ),
  rows(
    "a transaction around the rows",
    "set autocommit=0;\nSTART TRANSACTION;\nINSERT INTO t VALUES (1,'a','b');\nCOMMIT;\nset autocommit=1;\n",
  ),
  rows(
    "alternating rows of two tables",
    "CREATE TABLE u (a int);INSERT INTO t VALUES (1,'a','b');INSERT INTO u VALUES (1);INSERT INTO t VALUES (2,'a','b');INSERT INTO u VALUES (2),(3);",
  ),
  rows(
    "keys added after the rows",
    "INSERT INTO t VALUES (1,'a','b');ALTER TABLE t ADD UNIQUE KEY u (v,id), ADD KEY w (b(5));CREATE INDEX z ON t (id, v);",
  ),
  loads(
    "a byte order mark",
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(`${TABLE}INSERT INTO t VALUES (1,'a','b');`)]),
  ),
  loads(
    "CREATE TABLE IF NOT EXISTS twice",
    `${TABLE.replace("TABLE", "TABLE IF NOT EXISTS")}INSERT INTO t VALUES (1,'a','b');${TABLE.replace("TABLE", "TABLE IF NOT EXISTS")}`,
  ),
  loadsOnMariadb("CREATE OR REPLACE TABLE", `CREATE OR REPLACE TABLE t (a int);INSERT INTO t VALUES (1);`),
  loads(
    "everything in lower case",
    "create table t (id int not null primary key, v varchar(10) default 'x', key (v)) engine=innodb default charset=utf8mb4;insert into t values (1,'a');",
  ),
  loadsAs(
    "statements that are counted and not executed",
    `${TABLE}${NOT_EXECUTED.map((sql) => `${sql};\n`).join("")}INSERT INTO t VALUES (1,'a','b');`,
    () => `${TABLE}INSERT INTO t VALUES (1,'a','b');`,
  ),
  loads(
    "a table whose rows are deleted first",
    `${TABLE}DELETE FROM \`t\`;\nTRUNCATE TABLE t;\ntruncate t;INSERT INTO t VALUES (1,'a','b');`,
  ),
  loads(
    "comments within the definition",
    "CREATE TABLE /* a */ t ( -- the key\n id int # number\n NOT NULL /* not null */, /*!50100 v int */ /*!99999 , w int */, PRIMARY KEY (id) /* , */ ) /*!40100 DEFAULT CHARSET=utf8mb4 */ /* end */;INSERT INTO t VALUES (1,2);",
  ),
  literal("without escapes", "'plain'"),
  literal("of all escapes", raw`'\0\'\"\b\n\r\t\Z\\\%\_'`),
  literal("of escapes without a meaning", raw`'\a\c\d\e\x\N\?\;\,\)'`),
  literal("of doubled quotes", "'it''s ''''quoted'''''"),
  literal("in double quotes", raw`"it's ""quoted"" \"here\" \\"`),
  literal("of a backslash at the end", raw`'\\'`),
  literal("of backslashes and quotes", raw`'\\\'\\\\\''`),
  literal("of characters that end a row", raw`'),('`),
  literal("of characters that end a statement", "');\\nINSERT INTO t VALUES (9,''x'',NULL);'"),
  literal("of comment marks", "'-- /* */ # /*! */'"),
  literal("NULL as text", "'NULL'"),
  literal("\\N as text", raw`'\N'`),
  literal("\\\\N as text", raw`'\\N'`),
  literal("of raw line feeds and tabs", "'line\nline\ttab'"),
  literal("empty", "''"),
  literal("of spaces at both ends", "'  x  '"),
  literal("of four-byte characters", "'😀𠮷野家'"),
  literal("of combined characters", "'がé🏳️‍🌈'"),
  literal("as hexadecimal number", "0x41424344"),
  literal("as hexadecimal number of odd length", "0x414"),
  literal("as hexadecimal text", "X'4142C3A9'"),
  literal("as empty hexadecimal text", "x''"),
  literal("as bits", "b'0100000101000010'"),
  literal("as bits without quotes", "0b01000001"),
  literal("with the introducer _binary", raw`_binary 'a\0b\\'`),
  literal("with the introducer _binary and no space", "_binary'abc'"),
  literal("with the introducer _utf8mb4", "_utf8mb4'café'"),
  literal("of hexadecimal digits after _binary", "_binary 0x4142"),
  literal("as national text", "N'national'"),
  literal("as number", "42"),
  literal("as negative number", "-42.50"),
  literal("as number with a plus", "+42"),
  literal("as number with exponent", "1.5e10"),
  literal("as number that begins with a dot", ".5"),
  literal("as number that ends with a dot", "5."),
  literal("as number with leading zeros", "007"),
  literal("TRUE", "TRUE"),
  literal("false", "false"),
  loads(
    "bytes that are no text, in blobs",
    Buffer.concat([
      bytes(`${TABLE}INSERT INTO t VALUES (1,'x',_binary '`),
      Buffer.from([...Array(256).keys()].filter((c) => ![0, 10, 13, 26, 39, 92].includes(c))),
      bytes("');"),
    ]),
  ),
  loads(
    "every byte, escaped as mysqldump does",
    Buffer.concat([
      bytes(`${TABLE}INSERT INTO t VALUES (1,'x','`),
      ...[...Array(256).keys()].map((c) => bytes(escaped(c))),
      bytes("');"),
    ]),
  ),
  loads(
    "long rows and short ones",
    `${TABLE}INSERT INTO t VALUES (1,'a','${"x".repeat(60_000)}'),(2,'b','${"\\'".repeat(20_000)}'),(3,'c','');INSERT INTO t VALUES (4,'d','${raw`\\`.repeat(10_000)}');`,
  ),
  loads(
    "many small statements",
    TABLE + Array.from({ length: 2_000 }, (_, id) => `INSERT INTO \`t\` VALUES (${id},'v${id}',NULL);\n`).join(""),
  ),
  loads(
    "many rows on lines of their own",
    `${TABLE}INSERT INTO t VALUES\n${Array.from({ length: 3_000 }, (_, id) => `(${id},'v${id}','${"y".repeat(id % 40)}')`).join(",\n")};\n`,
  ),
  loads(
    "rows with and without spaces in one large statement",
    `${TABLE}INSERT INTO t VALUES ${Array.from({ length: 2_000 }, (_, id) => `(${id},'v${id}',NULL)`)
      .join(",")
      .replaceAll("),(1", "), (1")};`,
  ),
];

function escaped(c: number): string {
  const known: Readonly<Record<number, string>> = {
    0: "\\0",
    10: "\\n",
    13: "\\r",
    26: "\\Z",
    34: '\\"',
    39: "\\'",
    92: "\\\\",
  };
  return known[c] ?? String.fromCharCode(c);
}
