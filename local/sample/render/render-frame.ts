import type { DumpStyle } from "./dump-format.ts";
import { quoteName } from "./render-create-table.ts";

const SERVER_VERSION = "8.0.36";

/** The text before the first table. */
export function renderHead({ format, database, host }: DumpStyle): string {
  if (format === "compact") {
    return (
      `\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ ${quoteName(database)} ` +
      "/*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;\n" +
      `\nUSE ${quoteName(database)};\n`
    );
  }
  return `-- MySQL dump 10.13  Distrib ${SERVER_VERSION}, for Linux (x86_64)
--
-- Host: ${host}    Database: ${database}
-- ------------------------------------------------------
-- Server version\t${SERVER_VERSION}

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
`;
}

/** The text at the end of the dump; empty in the compact form. */
export function renderTail({ format, completedAt }: DumpStyle): string {
  if (format === "compact") return "";
  return `/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on ${completedAt.slice(0, 10)} ${completedAt.slice(11).replace(/^0/, " ")}
`;
}

/** A heading comment, which `--compact` omits. */
export function renderHeading({ format }: DumpStyle, text: string): string {
  return format === "compact" ? "" : `\n--\n-- ${text}\n--\n\n`;
}
