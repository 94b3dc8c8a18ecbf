import { loads, refused, type CorpusCase } from "./corpus-case.ts";

/** The statements that a dump program writes around its tables. */
interface Program {
  name: string;
  head: string;
  tail: string;
  /** A table's statements. */
  table: (table: { name: string; columns: string; options: string; rows: readonly string[] }) => string;
  /** True if a dump of this program shows whether it is complete. */
  hasEndMarker: boolean;
}

const SAVE = `/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
`;
const RESTORE = `/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;
`;

function mysqldump(name: string, first: string, more: { client?: string; head?: string; tail?: string } = {}): Program {
  const { client = "utf8", head = "", tail = "" } = more;
  return {
    name,
    head: `${first}\n--\n-- Host: localhost    Database: shop\n-- ------------------------------------------------------\n-- Server version\t1.2.3\n\n${SAVE}${head}`,
    tail: `${tail}${RESTORE}\n-- Dump completed on 2026-02-07  3:00:00\n`,
    hasEndMarker: true,
    table: ({ name: table, columns, options, rows }) => `
--
-- Table structure for table \`${table}\`
--

DROP TABLE IF EXISTS \`${table}\`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = ${client} */;
CREATE TABLE \`${table}\` (\n  ${columns}\n) ${options};
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table \`${table}\`
--

LOCK TABLES \`${table}\` WRITE;
/*!40000 ALTER TABLE \`${table}\` DISABLE KEYS */;
INSERT INTO \`${table}\` VALUES ${rows.map((row) => `(${row})`).join(",")};
/*!40000 ALTER TABLE \`${table}\` ENABLE KEYS */;
UNLOCK TABLES;
`,
  };
}

const VIEW_AND_TRIGGER = `
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`root\`@\`localhost\`*/ /*!50003 TRIGGER orders_bi BEFORE INSERT ON orders FOR EACH ROW BEGIN
  -- it's a trigger
  IF NEW.note IS NULL THEN SET NEW.note = ';'; END IF;
END */;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50001 DROP VIEW IF EXISTS \`recent\`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=\`root\`@\`localhost\` SQL SECURITY DEFINER */
/*!50001 VIEW \`recent\` AS select \`orders\`.\`id\` AS \`id\` from \`orders\` where (\`orders\`.\`note\` <> ';') */;
/*!50001 SET character_set_client      = @saved_cs_client */;
`;

const STAND_IN = `
--
-- Temporary view structure for view \`recent\`
--

DROP TABLE IF EXISTS \`recent\`;
/*!50001 DROP VIEW IF EXISTS \`recent\`*/;
SET @saved_cs_client     = @@character_set_client;
/*!50503 SET character_set_client = utf8mb4 */;
/*!50001 CREATE VIEW \`recent\` AS SELECT \n 1 AS \`id\`*/;
SET character_set_client = @saved_cs_client;
`;

const PROGRAMS: readonly Program[] = [
  mysqldump("mysqldump 5.5", "-- MySQL dump 10.13  Distrib 5.5.62, for linux-glibc2.12 (x86_64)"),
  mysqldump("mysqldump 5.7", "-- MySQL dump 10.13  Distrib 5.7.44, for Linux (x86_64)", { head: STAND_IN, tail: VIEW_AND_TRIGGER }),
  mysqldump("mysqldump 8.0", "-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)", {
    client: "utf8mb4",
    head: `SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;\nSET @@SESSION.SQL_LOG_BIN= 0;\n\n--\n-- GTID state at the beginning of the backup \n--\n\nSET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';\n${STAND_IN}`,
    tail: `${VIEW_AND_TRIGGER}SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;\n`,
  }),
  mysqldump("mysqldump 8.4", "-- MySQL dump 10.13  Distrib 8.4.3, for Linux (x86_64)", { client: "utf8mb4", tail: VIEW_AND_TRIGGER }),
  mysqldump("mysqldump 9.1", "-- MySQL dump 10.13  Distrib 9.1.0, for Linux (x86_64)", { client: "utf8mb4" }),
  mysqldump("mariadb-dump 10.3", "-- MariaDB dump 10.17  Distrib 10.3.39-MariaDB, for Linux (x86_64)"),
  mysqldump("mariadb-dump 10.11", "/*!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.8-MariaDB, for debian-linux-gnu (x86_64)", { tail: VIEW_AND_TRIGGER }),
  mysqldump("mariadb-dump 11.4", "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19-11.4.5-MariaDB, for debian-linux-gnu (x86_64)", {
    client: "utf8mb4",
    head: "/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;\n",
    tail: "/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */;\n",
  }),
  {
    name: "phpMyAdmin",
    hasEndMarker: true,
    head: `-- phpMyAdmin SQL Dump\n-- version 5.2.1\n-- https://www.phpmyadmin.net/\n\nSET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\nSTART TRANSACTION;\nSET time_zone = "+00:00";\n\n\n/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n/*!40101 SET NAMES utf8mb4 */;\n\nSET foreign_key_checks = 0;\n`,
    tail: "COMMIT;\n\n/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n",
    table: ({ name, columns, options, rows }) =>
      `\n-- --------------------------------------------------------\n\nCREATE TABLE \`${name}\` (\n  ${columns}\n) ${options};\n\nINSERT INTO \`${name}\` VALUES\n${rows.map((row) => `(${row.replaceAll(",", ", ")})`).join(",\n")};\n`,
  },
  {
    name: "HeidiSQL",
    hasEndMarker: true,
    head: "-- --------------------------------------------------------\n-- Host:                         127.0.0.1\n-- HeidiSQL Version:             12.6.0.6765\n-- --------------------------------------------------------\n\n/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n/*!40101 SET NAMES utf8 */;\n/*!50503 SET NAMES utf8mb4 */;\n/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;\n",
    tail: "\n/*!40103 SET TIME_ZONE=IFNULL(@OLD_TIME_ZONE, 'system') */;\n/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\n/*!40014 SET FOREIGN_KEY_CHECKS=IFNULL(@OLD_FOREIGN_KEY_CHECKS, 1) */;\n/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n/*!40111 SET SQL_NOTES=IFNULL(@OLD_SQL_NOTES, 1) */;\n",
    table: ({ name, columns, options, rows }) =>
      `\n-- Dumping structure for table shop.${name}\nCREATE TABLE IF NOT EXISTS \`${name}\` (\n  ${columns}\n) ${options};\n\n-- Dumping data for table shop.${name}: ~${rows.length} rows (approximately)\nDELETE FROM \`${name}\`;\n/*!40000 ALTER TABLE \`${name}\` DISABLE KEYS */;\nINSERT INTO \`${name}\` VALUES\n${rows.map((row) => `\t(${row})`).join(",\n")};\n/*!40000 ALTER TABLE \`${name}\` ENABLE KEYS */;\n`,
  },
  {
    name: "Navicat",
    hasEndMarker: false,
    head: "/*\n Navicat Premium Data Transfer\n\n Source Server Type    : MySQL\n File Encoding         : 65001\n\n Date: 07/02/2026 03:00:00\n*/\n\nSET NAMES utf8mb4;\nSET FOREIGN_KEY_CHECKS = 0;\n",
    tail: "\nSET FOREIGN_KEY_CHECKS = 1;\n",
    table: ({ name, columns, options, rows }) =>
      `\n-- ----------------------------\n-- Table structure for ${name}\n-- ----------------------------\nDROP TABLE IF EXISTS \`${name}\`;\nCREATE TABLE \`${name}\`  (\n  ${columns}\n) ${options};\n\n-- ----------------------------\n-- Records of ${name}\n-- ----------------------------\nBEGIN;\n${rows.map((row) => `INSERT INTO \`${name}\` VALUES (${row.replaceAll(",", ", ")});\n`).join("")}COMMIT;\n`,
  },
  {
    name: "Adminer",
    hasEndMarker: false,
    head: "-- Adminer 4.8.1 MySQL 8.0.36 dump\n\nSET NAMES utf8;\nSET time_zone = '+00:00';\nSET foreign_key_checks = 0;\nSET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\n\nSET NAMES utf8mb4;\n",
    tail: "\n-- 2026-02-07 03:00:00\n",
    table: ({ name, columns, options, rows }) =>
      `\nDROP TABLE IF EXISTS \`${name}\`;\nCREATE TABLE \`${name}\` (\n  ${columns}\n) ${options};\n\nINSERT INTO \`${name}\` VALUES\n${rows.map((row) => `(${row.replaceAll(",", ",\t")})`).join(",\n")};\n`,
  },
  {
    name: "MySQL Workbench",
    hasEndMarker: true,
    head: "-- MySQL Workbench Forward Engineering\n\nSET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0;\nSET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0;\nSET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION';\n",
    tail: "\nSET SQL_MODE=@OLD_SQL_MODE;\nSET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS;\nSET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS;\n",
    table: ({ name, columns, options, rows }) =>
      `\n-- -----------------------------------------------------\n-- Table \`${name}\`\n-- -----------------------------------------------------\nCREATE TABLE IF NOT EXISTS \`${name}\` (\n  ${columns}\n)\n${options};\n\n${rows.map((row) => `INSERT INTO \`${name}\` VALUES (${row});\n`).join("")}`,
  },
]; // prettier-ignore

const TABLES = [
  {
    name: "customers",
    columns: "`id` int NOT NULL AUTO_INCREMENT,\n  `name` varchar(50) DEFAULT NULL,\n  `joined` datetime DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  KEY `by_name` (`name`)",
    options: "ENGINE=InnoDB AUTO_INCREMENT=9 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='people; who buy'",
    rows: ["1,'O\\'Brien','2026-02-07 01:02:03'", "2,'東京','0000-00-00 00:00:00'", "8,NULL,NULL"],
  },
  {
    name: "orders",
    columns: "`id` int NOT NULL,\n  `customer` int DEFAULT NULL,\n  `note` text,\n  `at` timestamp NULL DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  KEY `customer` (`customer`),\n  CONSTRAINT `orders_ibfk_1` FOREIGN KEY (`customer`) REFERENCES `customers` (`id`) ON DELETE CASCADE",
    options: "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    rows: ["1,1,'(a);','2026-02-07 01:02:03'", "2,NULL,'line\\nline',NULL"],
  },
]; // prettier-ignore

/** Programs that use strict mode cannot write 0000-00-00, so their tables do not contain it. */
function tablesOf(program: Program): string {
  const text = TABLES.map(program.table).join("");
  return program.name === "MySQL Workbench" || program.name === "Navicat"
    ? text.replace(/'0000-00-00 00:00:00'/g, "NULL").replace(/0000-00-00[, ]+00:00:00/, "")
    : text;
}

/** A dump without the comment at its end. */
function unmarked(version: string, more = (dump: string): string => dump): string {
  const [program] = PROGRAMS;
  const dump = program === undefined ? "" : program.head + TABLES.map(program.table).join("") + program.tail;
  return more(dump.replace(/dump 10.13 .*/, `dump ${version}`).replace(/-- Dump completed.*/, ""));
}

/** Removes what the other engine's client does not read: a variable of MySQL, the sandbox mode of MariaDB. */
function forBothClients(dump: string): string {
  return dump.replace(/^SET @@GLOBAL\.GTID_PURGED.*$/m, "").replace(/^\/\*!999999.*$/m, "");
}

/** A dump of each common program, and a truncated version of it where a truncation can be detected. */
export const dumpPrograms: readonly CorpusCase[] = [
  refused("mysqldump 10.10, truncated before the settings at its end", "DUMP_TRUNCATED", unmarked("10.10", (dump) => dump.slice(0, dump.indexOf("UNLOCK TABLES;") + 15)), /restores @old_/),
  refused("mysqldump 4.0, which shows nothing of its end", "DUMP_TRUNCATED", "-- MySQL dump 9.11\nCREATE TABLE t (a int);\n", /early 5\.0 do not mark/),
  refused("mysqldump 5.1 without its closing comment", "DUMP_TRUNCATED", unmarked("10.13"), /Dump completed/),
  ...PROGRAMS.flatMap((program) => {
  const tables = tablesOf(program);
  const whole = program.head + tables + program.tail;
  return [
    loads(program.name, whole, forBothClients(whole)),
    loads(`${program.name}, with lines that end in CR LF`, whole.replaceAll("\n", "\r\n"), forBothClients(whole)),
    ...(program.hasEndMarker
      ? [
          refused(`${program.name}, truncated after the first table`, "DUMP_TRUNCATED", program.head + tables.slice(0, tables.length / 2).replace(/[^;]*$/, "\n")),
          refused(`${program.name}, truncated after the last row`, "DUMP_TRUNCATED", program.head + tables),
        ]
      : [refused(`${program.name}, cut off within a row`, "DUMP_TRUNCATED", program.head + tables.slice(0, -20))]),
  ];
})]; // prettier-ignore
