import fc from "fast-check";
import { DefinitionFault } from "../../../shared/loader/definitions/definition-reader.ts";
import { parseAlterTable } from "../../../shared/loader/definitions/alter-table.ts";
import { rebuildTable, type TablePlan } from "../../../shared/loader/definitions/rebuild-table.ts";
import { parseTableDefinition } from "../../../shared/loader/definitions/table-definition.ts";
import { tokensOf } from "../../../shared/loader/lexer/sql-tokens.ts";
import { hostileDefinition } from "./support/definition-arbitrary.ts";

const rebuild = (text: string): TablePlan =>
  rebuildTable(parseTableDefinition(text), {
    ...{ schema: "next", database: "app", product: "mariadb", keys: "before-rows" },
    collations: { known: new Set(["utf8mb4_bin"]), schemaDefault: "utf8mb4_bin" },
  });
const refusalOf = (text: string): unknown => {
  try {
    return rebuild(text);
  } catch (error) {
    return error;
  }
};

describe("a definition of the dump", () => {
  it("is generated again from its parse", () => {
    const { create, addForeignKeys } = rebuild(
      "create table if not exists app.`t` (id int(11) not null auto_increment primary key, `a``b` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'it''s \\\\', " +
        "c decimal(5,2) GENERATED ALWAYS AS (round(`id` * -1.5e-3, 2)) STORED COMMENT \"x\", e enum('a','b') DEFAULT _utf8mb4'a', " +
        "d timestamp default current_timestamp() on update current_timestamp(), KEY k (c, `a``b`(3) DESC) USING BTREE, " +
        "CONSTRAINT fk FOREIGN KEY (id) REFERENCES app.t (id) ON DELETE CASCADE ON UPDATE RESTRICT, check (e <> 'x' and id >= 0)) " +
        "ENGINE=MyISAM AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COMMENT='c' PARTITION BY HASH (id) PARTITIONS 2",
    );

    expect(create.replace(/\s+/g, " ")).toBe(
      "CREATE TABLE `next`.`t` ( `id` int(11) not null auto_increment primary key, `a``b` varchar(10) CHARACTER SET `utf8mb4` COLLATE `utf8mb4_bin` DEFAULT 'it''s \\\\', " +
        "`c` decimal(5,2) GENERATED ALWAYS AS (round(`id` * -1.5e-3, 2)) STORED COMMENT 'x', `e` enum('a','b') DEFAULT _utf8mb4'a', " +
        "`d` timestamp default current_timestamp() on update current_timestamp(), KEY `k` (`c`, `a``b`(3) DESC) USING BTREE, " +
        "check (`e` <> 'x' and `id` >= 0) ) ENGINE=InnoDB AUTO_INCREMENT=5 CHARSET=`utf8mb4` COMMENT='c' PARTITION BY HASH (`id`) PARTITIONS 2",
    );
    expect(addForeignKeys).toBe(
      "ALTER TABLE `next`.`t` ADD CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `next`.`t` (`id`) ON DELETE CASCADE",
    );
  });

  it("is generated without storage options, which are counted", () => {
    const { dropped } = parseTableDefinition(
      "CREATE TABLE t (a int COLUMN_FORMAT FIXED STORAGE DISK `ENCRYPTED`='x', KEY (a) `clustering`=yes) ENGINE=Aria " +
        "`PAGE_COMPRESSED`=1 DATA DIRECTORY='/tmp' TABLESPACE ts UNION=(mysql.user) AUTOEXTEND_SIZE=4M ROW_FORMAT=PAGE",
    );

    expect(dropped).toEqual([
      ...["column attribute", "column attribute", "column attribute", "key option", "engine ARIA"],
      ...Array.from({ length: 6 }, () => "table option"),
    ]);
    expect(rebuild("CREATE TABLE t (a int) `PAGE_COMPRESSED`=1").create).toMatch(/\) ENGINE=InnoDB$/);
  });

  it.each([
    "PARTITION BY HASH(a) PARTITIONS 1 TABLE victim.secret",
    "PARTITION BY HASH(victim.f(a))",
    "PARTITION BY KEY (a) (PARTITION p DATA DIRECTORY '/tmp')",
    "PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN ((select 1)))",
    "ENGINE=InnoDB ENGINE=BLACKHOLE",
    "ENGINE=InnoDB TYPE=InnoDB",
    "CHARSET=utf8 CHARACTER SET latin1",
    "ENGINE=CSV",
    "`PAGE_COMPRESSED`=1 PAGE_COMPRESSED=1",
    "AS SELECT 1",
    "SELECT * FROM mysql.user",
    "IGNORE SELECT 1",
    "TABLE mysql.user",
    "; DROP TABLE x",
    "COMMENT=concat('a')",
    "AUTO_INCREMENT=1e3",
  ])("is refused with %s after the columns", (options) => {
    expect(refusalOf(`CREATE TABLE t (a int) ${options}`)).toBeInstanceOf(DefinitionFault);
  });

  it.each([
    "s varchar(64) REFERENCES pipeline.live_table (schema_name)",
    "a int, FOREIGN KEY (a) REFERENCES pipeline.live_table (a)",
    "a int DEFAULT (NEXT VALUE FOR victim.s)",
    "a int DEFAULT nextval(victim.s)",
    "a int DEFAULT (`load_file`('/etc/passwd'))",
    "a int DEFAULT (victim.f(1))",
    "a int DEFAULT (sleep(1))",
    "a int DEFAULT @x",
    "a int DEFAULT (@@version)",
    "a int DEFAULT b",
    "a int, b int AS ((select 1))",
    "a int, b int AS (a) STORED FROBNICATE",
    "a int, b int AS (a",
    "a int CHECK (get_lock('x', 1))",
    "a int, KEY ((benchmark(1, 1)))",
    "a frobnication",
    "a int(1) (2)",
    "a enum(1)",
    "a int, LIKE mysql.user",
    "LIKE mysql.user",
    "`😀` int",
    "a int,",
  ])("is refused with the part %s", (part) => {
    expect(refusalOf(`CREATE TABLE t (${part})`)).toBeInstanceOf(DefinitionFault);
  });

  it.each([
    ["`" + "x".repeat(65) + "` int", /65 characters.* in|65 characters/],
    ["`b ` int", /ends with a space/],
    ["a int, KEY `k ` (a)", /`k ` as the name of a key/],
    ["a frobnication", /frobnication.*in column `a`/],
  ])("names table and column: %s", (part, found) => {
    expect(refusalOf(`CREATE TABLE t (${part})`)).toMatchObject({
      table: "t",
      message: expect.stringMatching(found) as string,
    });
  });

  it("names only the schema of the target, for any input", () => {
    fc.assert(
      fc.property(hostileDefinition, (text) => {
        const outcome = refusalOf(text);
        if (outcome instanceof DefinitionFault) return;
        const { create, addForeignKeys = "" } = outcome as TablePlan;
        const tokens = tokensOf(`${create} ${addForeignKeys}`);
        const words = tokens.flatMap(({ kind, value }) => (kind === "word" ? [value] : []));
        const strange = tokens.filter(
          ({ kind, value }, at) =>
            kind === "symbol" && (/[;@{}?:]/.test(value) || (value === "." && tokens[at - 1]?.text !== "`next`")),
        );
        const forbidden = words.filter((word) => /^(?:SELECT|LIKE|VICTIM|UNION|CONNECTION)$/.test(word));

        expect([strange, forbidden, words.filter((word) => word === "ENGINE")]).toEqual([[], [], ["ENGINE"]]);
      }),
      { numRuns: 300 },
    );
  });

  it("accepts a CHECK that ALTER TABLE adds", () => {
    const { others, isKeySwitch } = parseAlterTable("ALTER TABLE b ADD CONSTRAINT chk CHECK (id > 0), ADD KEY (id)");

    expect({ checks: others.length, isKeySwitch }).toEqual({ checks: 1, isKeySwitch: false });
    expect(parseAlterTable("ALTER TABLE `b` DISABLE KEYS").isKeySwitch).toBe(true);
  });
});
