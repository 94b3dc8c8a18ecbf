import { bytes, loads, refused, type CorpusCase } from "./corpus-case.ts";

/** A table of three character sets with rows whose text is the given bytes. */
function inCharset(charset: string, text: readonly number[]): Buffer {
  const literal = bytes(String.fromCharCode(...text));
  return Buffer.concat([
    bytes(`SET NAMES ${charset};\nCREATE TABLE t (id int PRIMARY KEY, u varchar(50) CHARACTER SET utf8mb4, n varchar(50) CHARACTER SET ${columnCharset(charset)}, b varbinary(50), KEY (u));\nINSERT INTO t VALUES (1,'`),
    literal, bytes("','"), literal, bytes("','"), literal, bytes("'),(2,'a\\'b','"), literal, bytes("',''),(3,NULL,NULL,NULL);\n"),
  ]); // prettier-ignore
}

function columnCharset(charset: string): string {
  return charset === "utf8mb3" || charset === "utf8" ? "utf8mb4" : charset;
}

/** Character sets of clients in which a quote or a backslash is never part of another character. */
const READABLE: readonly (readonly [string, readonly number[]])[] = [
  ["latin1", [0xe9, 0xe0, 0x80, 0x99, 0xff]],
  ["latin2", [0xe1, 0xb1]],
  ["latin5", [0xfd, 0xf0]],
  ["cp1250", [0x9a, 0xe1]],
  ["cp1251", [0xff, 0xe9]],
  ["cp1257", [0xe0]],
  ["koi8r", [0xc1, 0xd1]],
  ["greek", [0xe1]],
  ["hebrew", [0xe0]],
  ["tis620", [0xa1]],
  ["cp850", [0x82]],
  ["macroman", [0x8e]],
  ["ujis", [0xc6, 0xfc, 0xcb, 0xdc]],
  ["eucjpms", [0xc6, 0xfc]],
  ["euckr", [0xc7, 0xd1]],
  ["gb2312", [0xd6, 0xd0]],
  ["utf8", [0xc3, 0xa9, 0xe6, 0x97, 0xa5]],
  ["utf8mb3", [0xc3, 0xa9]],
  ["utf8mb4", [0xf0, 0x9f, 0x98, 0x80]],
  ["ascii", [0x61]],
  ["binary", [0x61]],
];

/** Character sets in which it can be: `\` is the second byte of 表 in Shift-JIS. */
const UNREADABLE = ["sjis", "cp932", "big5", "gbk", "gb18030", "ucs2", "utf16", "utf32"];
const TABLE = "CREATE TABLE t (id int PRIMARY KEY, v varchar(50));\n";

/** Dumps in other character sets: they load correctly, or are rejected. */
export const characterSets: readonly CorpusCase[] = [
  ...READABLE.map(([charset, text]) => loads(`text in ${charset}`, inCharset(charset, text))),
  ...UNREADABLE.map((charset) =>
    refused(`text in ${charset}`, "DUMP_CHARSET", Buffer.concat([bytes(`SET NAMES ${charset};\n${TABLE}INSERT INTO t VALUES (1,'`), Buffer.from([0x95, 0x5c]), bytes("');")]), new RegExp(`text in ${charset}`)),
  ),
  loads("SET NAMES with a collation", `SET NAMES utf8 COLLATE utf8_general_ci;\n${TABLE}INSERT INTO t VALUES (1,'é');`),
  loads("SET CHARACTER SET", Buffer.concat([bytes(`SET CHARACTER SET latin1;\n${TABLE}INSERT INTO t VALUES (1,'\xe9');`)])),
  loads("a character set that changes between tables", bytes(`SET NAMES latin1;\n${TABLE}INSERT INTO t VALUES (1,'\xe9');\nSET NAMES utf8mb4;\nCREATE TABLE u (v text);\nINSERT INTO u VALUES ('\xc3\xa9');\n`)),
  loads("a character set that changes between rows", bytes(`SET NAMES latin1;\n${TABLE}INSERT INTO t VALUES (1,'\xe9');\nSET NAMES utf8mb4;\nINSERT INTO t VALUES (2,'\xc3\xa9');\n`)),
  loads("a definition in latin1", bytes("SET NAMES latin1;\nCREATE TABLE t (`pr\xe9nom` varchar(10) DEFAULT '\xe9t\xe9' COMMENT 'caf\xe9') COMMENT='\x80 \x99';\nINSERT INTO t (`pr\xe9nom`) VALUES ('\xe0');\n")),
  loads("a definition in cp1251", bytes("SET NAMES cp1251;\nCREATE TABLE t (a varchar(10) DEFAULT '\xff' COMMENT '\xe8\xec\xff') COMMENT='\xf2\xe0\xe1\xeb\xe8\xf6\xe0';\nINSERT INTO t VALUES ('\xe0');\n")),
  loads("definitions in utf8 among rows in latin1, as mysqldump --default-character-set writes them", bytes("/*!40101 SET NAMES latin1 */;\n/*!40101 SET @saved_cs_client     = @@character_set_client */;\n/*!40101 SET character_set_client = utf8 */;\nCREATE TABLE t (a varchar(10) COMMENT 'caf\xc3\xa9');\n/*!40101 SET character_set_client = @saved_cs_client */;\nINSERT INTO t VALUES ('\xe9');\n")),
  loads("introducers of the dump's own character set", bytes(`SET NAMES latin1;\n${TABLE}INSERT INTO t VALUES (1,_latin1'\xe9');`)),
  refused("an introducer of another character set", "DUMP_CHARSET", bytes(`${TABLE}INSERT INTO t VALUES (1,_latin1'\xe9');`)),
  refused("text that is not in its declared character set", "DUMP_DATA", bytes(`SET NAMES utf8mb4;\n${TABLE}INSERT INTO t VALUES (1,'caf\xe9');`)),
  refused("half of a four-byte character", "DUMP_DATA", bytes(`${TABLE}INSERT INTO t VALUES (1,'\xf0\x9f\x98');`)),
  refused("text that its column cannot store", "DUMP_DATA", "CREATE TABLE t (v varchar(10) CHARACTER SET latin1);\nINSERT INTO t VALUES ('日本');"),
  refused("a definition that is not in its declared character set", "DUMP_ENCODING", bytes("CREATE TABLE t (a int COMMENT 'caf\xe9');\nINSERT INTO t VALUES (1);")),
  refused("a mode without escapes", "DUMP_SQL_MODE", `SET sql_mode='NO_BACKSLASH_ESCAPES';\n${TABLE}`),
  refused("names in double quotes, as --compatible=ansi writes them", "DUMP_SQL_MODE", `SET sql_mode='ANSI_QUOTES';\n${TABLE}`),
  refused("a time zone from an expression", "DUMP_TIME_ZONE", `SET time_zone=CONCAT('+',@x);\n${TABLE}`),
  refused("UTF-16, as PowerShell writes it", "DUMP_ENCODING", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`-- MySQL dump 10.13\n${TABLE}`, "utf16le")]), /UTF-16/),
  refused("UTF-16 with the other byte order", "DUMP_ENCODING", Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(TABLE, "utf16le").swap16()]), /UTF-16/),
]; // prettier-ignore
