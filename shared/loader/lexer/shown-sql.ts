import { FUNCTION_FAMILIES, FUNCTIONS } from "./expression-words.ts";

/** Words of SQL and of its clients that a message may contain; any other word may be row data. */
const WORDS = new Set(
  `ALTER ANALYZE AND AS AUTOCOMMIT BEGIN BINLOG BY CALL CHANGE CHARACTER CHARSET CHECK CHECKSUM COLLATE COLUMN COMMENT COMMIT
   CONCAT CONSTRAINT COPY CREATE CURDATE CURRENT_DATE CURRENT_TIMESTAMP CURTIME DATABASE DATABASES DATE DEFAULT DEFINER DELETE
   DELIMITER DESC DESCRIBE DISABLE DISTINCT DO DROP DUMPFILE ENABLE END ENGINE EVENT EXECUTE EXISTS EXPLAIN FILE FLUSH FOR FOREIGN
   FROM FUNCTION GLOBAL GRANT GROUP HANDLER HELP IDENTIFIED IF IGNORE IMPORT IN INDEX INFILE INSERT INSTALL INTERVAL INTO IS JOIN
   KEY KEYS KILL LAST_INSERT_ID LIKE LIMIT LOAD LOAD_FILE LOCAL LOCALTIME LOCK MASTER NAMES NOT NOW NULL ON OPTIMIZE OPTION OR
   ORDER OUTFILE PASSWORD PLUGIN PREPARE PRIMARY PRIVILEGES PROCEDURE PURGE QUERY RAND RENAME REPAIR REPLACE RESET RETURN RETURNS
   REVOKE ROLE ROLLBACK ROUTINE SAVEPOINT SCHEMA SELECT SEQUENCE SERVER SESSION SET SHOW SHUTDOWN SLAVE SLEEP SOURCE SQL START
   STATUS STOP SYSDATE SYSTEM TABLE TABLES TABLESPACE TEMPORARY TO TRANSACTION TRIGGER TRUNCATE UNHEX UNINSTALL UNION UNIQUE UNLOCK
   UPDATE USE USER USING UUID VALUE VALUES VARIABLES VERSION VIEW WHERE WITH XA`.split(/\s+/),
);
const PARTS = /`[^`]{1,64}`|[A-Za-z_]+|[\s(),.=*;]+|[^]/g;
const LONGEST = 100;

/** Functions of older servers, such as GeomFromText. */
const OLD_FUNCTIONS = /(?:FROMTEXT|FROMWKB)$/;

/** Returns a word for a message; a word that is neither SQL nor a built-in function is replaced. */
export function shownWord(word: string): string {
  const upper = word.toUpperCase();
  const isSql = WORDS.has(upper) || FUNCTIONS.has(upper) || FUNCTION_FAMILIES.test(upper) || OLD_FUNCTIONS.test(upper);
  return isSql ? word : `a word of ${word.length} characters`;
}

/**
 * Returns the start of a statement for a message: its SQL words and its quoted names. Everything else is left out,
 * because it may be row data (in a malformed row, even text outside quotes), and logs and alerts must not contain row
 * data.
 */
export function shownSql(text: string): string {
  const line = [...text.trim().matchAll(PARTS)]
    .map(([part]) => (/^[`\s(),.=*;]/.test(part) || WORDS.has(part.toUpperCase()) ? part : "…"))
    .join("")
    .replace(/\s+/g, " ")
    .replace(/…[…\s(),.=*;]*/g, (gap) => `…${gap.endsWith(" ") ? " " : ""}`)
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
