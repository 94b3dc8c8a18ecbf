import fc from "fast-check";

const TYPES = [
  "int",
  "varchar(20)",
  "decimal(5,2)",
  "enum('a','b')",
  "datetime(6)",
  "text",
  "json",
  "int unsigned zerofill",
];
const ATTRIBUTES = [
  "NOT NULL",
  "NULL",
  "DEFAULT 1",
  "DEFAULT 'x'",
  "COMMENT 'it''s; -- x'",
  "CHECK (c0 > 0)",
  "COLLATE utf8mb4_bin",
];
const OPTIONS = [
  "ENGINE=InnoDB",
  "DEFAULT CHARSET=utf8mb4",
  "COMMENT='x'",
  "ROW_FORMAT=DYNAMIC",
  "PARTITION BY HASH(c0) PARTITIONS 2",
];

/** Text that would access other schemas, files or the server wherever it is inserted. */
const ATTACKS = [
  "REFERENCES victim.secret (id)", ", FOREIGN KEY (c0) REFERENCES victim.secret (id)", "TABLE victim.secret", "AS SELECT * FROM victim.secret",
  "SELECT * FROM victim.secret", "LIKE victim.secret", "UNION=(victim.secret)", "ENGINE=MERGE", "ENGINE=BLACKHOLE", "ENGINE=InnoDB ENGINE=BLACKHOLE",
  "DEFAULT (NEXT VALUE FOR victim.s)", "DEFAULT (nextval(victim.s))", "DEFAULT (victim.f())", "AS (victim.f(c0))", "DEFAULT (`load_file`('/etc/passwd'))",
  "AS ((select id from victim.secret))", "CHECK ((select 1) = 1)", "CHECK (sleep(1) = 0)", "CHECK (@a := 1)", "DATA DIRECTORY='/tmp'", "TABLESPACE victim",
  "PARTITION BY HASH(c0) PARTITIONS 1 TABLE victim.secret", "PARTITION BY LIST (c0) (PARTITION p VALUES IN (1) ENGINE=BLACKHOLE)", "WITH SYSTEM VERSIONING",
  "`victim`.`secret`", "victim.", ".", "(", ")", ",", "'", "\"", "`", "\\", "@x", "0x41", "_latin1'x'", "/*! victim.secret */", "b'1'", "=", "(1)", "CONNECTION='x'",
]; // prettier-ignore

/** A CREATE TABLE of one to three columns, with attacks inserted between its tokens. */
export const hostileDefinition: fc.Arbitrary<string> = fc
  .record({
    columns: fc.array(fc.tuple(fc.constantFrom(...TYPES), fc.subarray(ATTRIBUTES)), { minLength: 1, maxLength: 3 }),
    options: fc.subarray(OPTIONS),
    attacks: fc.array(fc.tuple(fc.constantFrom(...ATTACKS), fc.nat()), { maxLength: 2 }),
  })
  .map(({ columns, options, attacks }) => {
    const body = columns.map(([type, attributes], at) => `c${at} ${type} ${attributes.join(" ")}`).join(" , ");
    const words = `CREATE TABLE t ( ${body} ) ${options.join(" ")}`.split(" ");
    for (const [attack, at] of attacks) words.splice(3 + (at % (words.length - 2)), 0, attack);
    return words.join(" ");
  });
