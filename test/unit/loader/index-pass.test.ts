import fc from "fast-check";
import { PermanentError } from "../../../shared/errors/errors.ts";
import type { DumpIndex } from "../../../shared/loader/index/dump-index.ts";
import { chunkSizes, literal, space, style, value } from "./support/dump-arbitrary.ts";
import { faultOf, indexOf, mysql } from "./support/index-of.ts";

const TABLE = "CREATE TABLE `t` (`a` int, `b` text, `c` blob);\n";

/** The content of a dump according to its index, without positions. */
function summary(index: DumpIndex): unknown {
  return index.tables.map(({ name, rows, bytes, contentHash, ranges }) => ({
    name,
    rows,
    bytes,
    contentHash,
    ranges: ranges.map(({ start, end, rows, separator }) => ({ start, end, rows, separator })),
    tallies: ranges.map(({ shape }) => shape.tally),
  }));
}

const row = fc.tuple(fc.tuple(value, style), fc.tuple(value, style), fc.tuple(value, style));
const insert = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 5 }), fc.array(space, { minLength: 12, maxLength: 12 }))
  .map(([rows, spaces]) => {
    const [before = "", open = "", comma = "", close = "", after = "", between = ""] = spaces;
    const rendered = rows.map(
      (values) => `(${open}${values.map(([v, how]) => literal(v, how)).join(`${comma},${between}`)}${close})`,
    );
    return { text: `INSERT INTO \`t\` VALUES${before}${rendered.join(`${after},${before}`)};\n`, rows: rows.length };
  });

describe("the index pass", () => {
  it("counts the rows of any dump, for any chunk sizes", () => {
    fc.assert(
      fc.property(fc.array(insert, { maxLength: 6 }), chunkSizes, (inserts, sizes) => {
        const dump = Buffer.from(TABLE + inserts.map(({ text }) => text).join(""), "latin1");

        const whole = indexOf(dump);

        expect(whole.rows).toBe(inserts.reduce((sum, { rows }) => sum + rows, 0));
        expect(summary(indexOf(dump, sizes))).toEqual(summary(whole));
      }),
    );
  });

  it.each([
    [
      "5,001 tables",
      Array.from({ length: 5_001 }, (_, n) => `CREATE TABLE t${n} (a int);`).join("\n"),
      "table number 5001",
    ],
    [
      "1,018 columns",
      `CREATE TABLE t (${Array.from({ length: 1_018 }, (_, n) => `c${n} int`).join(", ")});`,
      "1018 columns",
    ],
    ["a definition of 17 MB", `CREATE TABLE t (a int COMMENT '${"x".repeat(17e6)}');`, "a statement"],
  ])("refuses %s, with the place", (_name, dump, found) => {
    const error = faultOf(Buffer.from(dump));

    expect(String(error)).toMatch(/dump at byte \d+/);
    expect(String(error)).toContain(found);
  });

  it("never accepts a dump that ends within a statement", () => {
    fc.assert(
      fc.property(
        fc.array(insert, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (inserts, at) => {
          const dump = Buffer.from(TABLE + inserts.map(({ text }) => text).join(""), "latin1");
          const cut = dump.subarray(0, Math.floor(at * dump.length));

          const error = faultOf(cut);

          const whole = Buffer.from(cut.toString("latin1").trimEnd(), "latin1");
          const endsStatement = cut.length === 0 || indexOfWhole(dump, whole.length);
          expect(error instanceof PermanentError ? error.code : error).toBe(
            endsStatement ? undefined : "DUMP_TRUNCATED",
          );
        },
      ),
    );
  });

  it("reports the same error at the same place for any chunk sizes", () => {
    const broken = fc
      .tuple(insert, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 255 }))
      .map(([{ text }, at, byte]) => {
        const bytes = Buffer.from(TABLE + text, "latin1");
        if (at < bytes.length) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(broken, chunkSizes, (dump, sizes) => {
        expect(String(faultOf(dump, sizes))).toBe(String(faultOf(dump)));
      }),
    );
  });

  it("gives equal content hashes to equal tables only", () => {
    const rows = "INSERT INTO `t` VALUES (1,'x','y'),(2,'x','y');\n";
    const hash = (dump: string): string | undefined => indexOf(dump).tables[0]?.contentHash;

    expect(hash(TABLE + rows)).toBe(
      hash(`-- a comment\nDROP TABLE IF EXISTS \`t\`;\n${TABLE}LOCK TABLES \`t\` WRITE;\n${rows}UNLOCK TABLES;\n`),
    );
    expect(hash(TABLE + rows)).not.toBe(hash(TABLE + rows.replace("2", "3")));
    expect(hash(TABLE + rows)).not.toBe(hash(TABLE.replace("text", "longtext") + rows));
    expect(hash(TABLE + rows)).not.toBe(hash(`SET NAMES latin1;\n${TABLE}${rows}`));
    expect(hash(TABLE + rows)).not.toBe(hash(`${TABLE}${rows}ALTER TABLE t ADD KEY k (a);\n`));
  });

  it("passes the bytes of plain rows to LOAD DATA, and rewrites other rows", () => {
    const filler = "x".repeat(20_000);
    const separator = (rows: string): unknown =>
      indexOf(TABLE + `INSERT INTO t VALUES ${rows};`).tables[0]?.ranges[0]?.separator;

    expect(separator(`(1,'${filler}',NULL),(-2.5,'it\\'s',''''),(3,'a','b')`)).toBe("");
    expect(separator(`(1,'${filler}',NULL),\n(2,'a','b')`)).toBe("\n");
    expect(separator(`(1,'${filler}',NULL),(2,'a','b'),\n(2,'a','b')`)).toBeUndefined();
    expect(separator(`(1,'${filler}',null)`)).toBeUndefined();
    expect(separator(`(1, '${filler}',NULL)`)).toBeUndefined();
    expect(separator(`(1,'${filler}','\\%')`)).toBeUndefined();
    expect(separator(`(1,'${filler}',0x41)`)).toBeUndefined();
    expect(separator("(1,'short',NULL)")).toBeUndefined();
  });

  it("reads small statements together and large statements separately", () => {
    const small = "INSERT INTO `t` VALUES (1,'a','b');\n".repeat(100);
    const large = `INSERT INTO \`t\` VALUES (1,'${"x".repeat(30_000)}','b');\n`;

    const ranges = indexOf(TABLE + small + large + small).tables[0]?.ranges ?? [];

    expect(ranges.map(({ rows }) => rows)).toEqual([100, 1, 100]);
  });

  it.each([
    ["/*!50705 0x41,*/'x'", "mariadb", 2],
    ["/*!50705 0x41,*/'x'", "mysql", 3],
    ["/*M!100100 0x41,*/'x'", "mariadb", 3],
    ["/*M!100100 0x41,*/'x'", "mysql", 2],
    ["/*! 0x41,*/'x'", "mariadb", 3],
  ] as const)("resolves versioned comments between values for the server: %s on %s", (values, server, count) => {
    const columns = Array.from({ length: count }, (_, index) => `c${index} blob`).join(", ");
    const dump = `CREATE TABLE t (${columns}); INSERT INTO t VALUES (1,${values});`;

    expect(indexOf(dump, [7], server === "mysql" ? mysql : undefined).rows).toBe(1);
  });

  it("skips routines, triggers, views and users, and counts them", () => {
    const dump = `${TABLE}INSERT INTO t VALUES (1,'a','b');
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=\`root\`@\`localhost\` SQL SECURITY DEFINER */
/*!50001 VIEW \`v\` AS select 1 */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`a\`@\`%\`*/ /*!50003 TRIGGER \`x\` BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 'x;'; -- it's
  INSERT INTO other VALUES (1); END */;;
CREATE DEFINER=\`a\`@\`%\` PROCEDURE p() BEGIN SELECT ';;'; SELECT "\\";;"; END ;;
DELIMITER ;
CREATE USER 'u'@'%' IDENTIFIED BY 'p;';
GRANT ALL ON *.* TO 'u'@'%';
`;

    const index = indexOf(dump, [3, 11]);

    expect(index.rows).toBe(1);
    expect(index.skipped).toEqual({ view: 1, trigger: 1, procedure: 1, user: 1, grant: 1 });
  });

  it("reads past the sandbox line of newer dumps", () => {
    expect(indexOf(`/*!999999\\- enable the sandbox mode */ \n${TABLE}`).tables).toHaveLength(1);
    expect(indexOf(`/*M!999999\\- enable the sandbox mode */ \n${TABLE}`, [2], mysql).tables).toHaveLength(1);
  });

  it("accepts dumps that restore their saved settings, in the way of each tool", () => {
    const dump = `/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
${TABLE}DELETE FROM \`t\`;
INSERT INTO t VALUES (1,'a','b');
/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;
/*!40014 SET FOREIGN_KEY_CHECKS=IF(@OLD_FOREIGN_KEY_CHECKS IS NULL, 1, @OLD_FOREIGN_KEY_CHECKS) */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;`;

    expect(indexOf(dump)).toMatchObject({ rows: 1, skipped: { delete: 1 } });
  });

  it("drops the placeholder tables of views", () => {
    const dump = `${TABLE}/*!50001 CREATE TABLE \`v\` (\`a\` tinyint NOT NULL) ENGINE=MyISAM */;
/*!50001 DROP TABLE IF EXISTS \`v\`*/; /*!50001 CREATE VIEW v AS SELECT 1 AS a */;`;

    expect(indexOf(dump).tables.map(({ name }) => name)).toEqual(["t"]);
  });

  it("follows the session's character set and time zone", () => {
    const dump = `/*!40101 SET NAMES latin1 */; /*!40103 SET TIME_ZONE='+09:00' */;
/*!40101 SET @saved_cs_client = @@character_set_client */; /*!50503 SET character_set_client = utf8mb4 */;
${TABLE}/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO t VALUES (1,'a','b');`;

    expect(indexOf(dump).tables[0]?.ranges[0]?.shape.session).toMatchObject({ charset: "latin1", timeZone: "+09:00" });
  });

  it("keeps INSERTs of different column lists apart", () => {
    const dump = `${TABLE}INSERT INTO t (a, b) VALUES (1,'x'); INSERT INTO t (\`c\`) VALUES ('y'); REPLACE INTO t VALUES (1,'x','y');`;

    const shapes = indexOf(dump).tables[0]?.ranges.map(({ shape }) => shape.targets);

    expect(shapes).toEqual([["a", "b"], ["c"], ["a", "b", "c"]]);
  });

  describe("refuses", () => {
    const rows = "INSERT INTO `t` VALUES (1,'a','b');";
    it.each([
      ["an unclosed quote", `${TABLE}INSERT INTO t VALUES (1,'a,'b');`, "DUMP_SYNTAX"],
      ["an unclosed text", `${TABLE}INSERT INTO t VALUES (1,'a,b);`, "DUMP_TRUNCATED"],
      ["an unclosed comment", `${TABLE}/* never closed`, "DUMP_TRUNCATED"],
      [
        "a header without its trailer",
        `-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\n${TABLE}${rows}\n`,
        "DUMP_TRUNCATED",
      ],
      [
        "settings that are not restored",
        `/*!40101 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;\n${TABLE}${rows}\n`,
        "DUMP_TRUNCATED",
      ],
      [
        "a definition's settings that are not restored",
        `SET @saved_cs_client = @@character_set_client;\nSET character_set_client = utf8mb4;\n${TABLE}`,
        "DUMP_TRUNCATED",
      ],
      [
        "a DELIMITER that is not reset",
        `${TABLE}${rows}\nDELIMITER ;;\nCREATE PROCEDURE p() SELECT 1;;\n`,
        "DUMP_TRUNCATED",
      ],
      [
        "modes that change quotes, in an expression",
        `SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');${TABLE}`,
        "DUMP_SQL_MODE",
      ],
      ["locks that are not released", `${TABLE}LOCK TABLES t WRITE;\n${rows}\n`, "DUMP_TRUNCATED"],
      ["too few values", `${TABLE}INSERT INTO t VALUES (1,'a');`, "DUMP_COLUMN_COUNT"],
      ["too many values", `${TABLE}INSERT INTO t VALUES (1,'a','b','c');`, "DUMP_COLUMN_COUNT"],
      ["an unknown column", `${TABLE}INSERT INTO t (a, z) VALUES (1,2);`, "DUMP_COLUMN_UNKNOWN"],
      ["function calls", `${TABLE}INSERT INTO t VALUES (1,LOAD_FILE('/etc/passwd'),'b');`, "DUMP_EXPRESSION"],
      ["sleeping", `${TABLE}INSERT INTO t VALUES (SLEEP(100),'a','b');`, "DUMP_EXPRESSION"],
      ["user variables", `${TABLE}INSERT INTO t VALUES (@a,'a','b');`, "DUMP_SYNTAX"],
      ["arithmetic", `${TABLE}INSERT INTO t VALUES (1+1,'a','b');`, "DUMP_SYNTAX"],
      ["subqueries", `${TABLE}INSERT INTO t VALUES ((SELECT 1),'a','b');`, "DUMP_SYNTAX"],
      ["INSERT ... SELECT", `${TABLE}INSERT INTO t SELECT * FROM mysql.user;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["INSERT ... SET", `${TABLE}INSERT INTO t SET a = 1;`, "DUMP_STATEMENT_FORBIDDEN"],
      [
        "ON DUPLICATE KEY",
        `${TABLE}INSERT INTO t VALUES (1,'a','b') ON DUPLICATE KEY UPDATE a = 2;`,
        "DUMP_STATEMENT_FORBIDDEN",
      ],
      ["other introducers", `${TABLE}INSERT INTO t VALUES (1,_sjis'a','b');`, "DUMP_CHARSET"],
      ["character sets that hide quotes", `SET NAMES sjis;${TABLE}`, "DUMP_CHARSET"],
      ["modes that change quotes", `SET sql_mode='ANSI_QUOTES';${TABLE}`, "DUMP_SQL_MODE"],
      ["modes that change escapes", `SET SESSION sql_mode='NO_BACKSLASH_ESCAPES';${TABLE}`, "DUMP_SQL_MODE"],
      ["rows without a table", rows, "DUMP_NO_TABLE"],
      ["a table that is defined twice", TABLE + TABLE, "DUMP_TABLE_TWICE"],
      ["tables of two databases", `USE one;${TABLE}USE two;CREATE TABLE u (a int);`, "DUMP_SEVERAL_DATABASES"],
      [
        "a table of both databases",
        `USE one;${TABLE}${rows}USE two;DROP TABLE IF EXISTS t;${TABLE}`,
        "DUMP_SEVERAL_DATABASES",
      ],
      [
        "a qualified table elsewhere",
        `USE one;${TABLE}INSERT INTO two.t VALUES (1,'a','b');`,
        "DUMP_SEVERAL_DATABASES",
      ],
      ["CREATE TABLE ... SELECT", "CREATE TABLE t SELECT 1;", "DUMP_DEFINITION"],
      ["CREATE TABLE ... LIKE", "CREATE TABLE t LIKE mysql.user;", "DUMP_DEFINITION"],
      ["UPDATE", `${TABLE}UPDATE t SET a = 1;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["DELETE", `${TABLE}DELETE FROM t WHERE a = 1;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["DELETE of the dump's rows", `${TABLE}${rows}DELETE FROM t;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["TRUNCATE of the dump's rows", `${TABLE}${rows}TRUNCATE TABLE t;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["DELETE of another table", `${TABLE}DELETE FROM u;`, "DUMP_NO_TABLE"],
      ["LOAD DATA", `${TABLE}LOAD DATA INFILE '/etc/passwd' INTO TABLE t;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["SELECT ... INTO OUTFILE", `${TABLE}SELECT 1 INTO OUTFILE '/tmp/x';`, "DUMP_STATEMENT_FORBIDDEN"],
      ["CALL", `${TABLE}CALL p();`, "DUMP_STATEMENT_FORBIDDEN"],
      ["ROLLBACK", `${TABLE}${rows}ROLLBACK;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["DROP TABLE of rows", `${TABLE}${rows}DROP TABLE t;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["DROP DATABASE after tables", `${TABLE}DROP DATABASE x;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["client commands", `${TABLE}\\! rm -rf /\n`, "DUMP_CLIENT_COMMAND"],
      ["source commands", `${TABLE}source other.sql ;`, "DUMP_STATEMENT_FORBIDDEN"],
      ["statements hidden in comments", "/*!50001 CREATE TABLE t (a int); DROP DATABASE mysql */;", "DUMP_SYNTAX"],
      ["an unknown statement", `${TABLE}FROBNICATE t;`, "DUMP_STATEMENT_UNKNOWN"],
      [
        "rows that a trigger would change",
        `${TABLE}DELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;;\nDELIMITER ;\n${rows}`,
        "DUMP_TRIGGER",
      ],
      ["ALTER TABLE that changes rows", `${TABLE}ALTER TABLE t DROP COLUMN a;`, "DUMP_DEFINITION"],
    ])("%s", (_name, dump, code) => {
      const error = faultOf(dump, [5, 1, 9]);

      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ code, advice: expect.any(String) as string });
      expect(String(error)).toMatch(/byte \d+/);
    });
  });

  it("reports byte, line, table, found and expected value", () => {
    const dump = `${TABLE}\n\nINSERT INTO \`t\` VALUES (1,'a','b'),\n(2,NOW(),'c');\n`;

    expect(String(faultOf(dump, [4]))).toContain(
      `byte ${dump.indexOf("NOW")}, line 5, table t: found NOW, expected a literal value`,
    );
  });

  it("names the open statement when the dump is truncated", () => {
    const dump = `${TABLE}\nINSERT INTO \`t\` VALUES (1,'a','b'),(2,'cut`;

    expect(String(faultOf(dump, [6]))).toContain(
      `within a quoted text of the statement that began at byte ${dump.indexOf("INSERT")} (line 3)`,
    );
  });
});

/** True if a statement of the dump ends at this length. */
function indexOfWhole(dump: Buffer, length: number): boolean {
  if (length === 0) return true;
  const tables = indexOf(dump).tables;
  const ends = new Set([TABLE.trimEnd().length, ...statementEnds(dump)]);
  return tables.length > 0 && ends.has(length);
}

function statementEnds(dump: Buffer): number[] {
  const ends: number[] = [];
  for (let end = 1; end <= dump.length; end += 1) {
    if (dump[end - 1] === ";".charCodeAt(0) && faultOf(dump.subarray(0, end)) === undefined) ends.push(end);
  }
  return ends;
}
