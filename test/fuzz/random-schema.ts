import type { Engine } from "../../local/engine.ts";
import type { Random } from "../../local/sample/random.ts";
import { quoteName } from "../../shared/warehouse/tables/identifier.ts";

/** A column type, and values that are hard to reproduce. */
interface Kind {
  type: string;
  values: readonly string[];
  /** How a key names the column: a prefix for texts and bytes; undefined when it cannot have a key. */
  key?: "" | "(10)";
}

/** Pieces of texts with a meaning for parsers, for collations or for character sets. */
const PIECES = [
  ...["a", "Z", " ", "''", '"', "\\\\", "\\0", "\\n", "\\r", "\\Z", "\t", ",", ";", "(", ")", "`", "%", "\\_", "--", "/*!"],
  ...["*/", "#", "NULL", "\\\\N", "),(", "é", "ß", "日本", "ﾊﾝ", "が", "😀", "\u200d", "DELIMITER ;;"],
]; // prettier-ignore

const KINDS: readonly Kind[] = [
  { type: "tinyint", values: ["-128", "127", "0"], key: "" },
  { type: "int unsigned", values: ["0", "4294967295", "7"], key: "" },
  { type: "bigint", values: ["-9223372036854775808", "9223372036854775807", "-1"], key: "" },
  { type: "decimal(20,6)", values: ["-12345678901234.567890", "0.000001", "1e3"], key: "" },
  { type: "float", values: ["1.5e-30", "3.14159", "16777216"] },
  { type: "double", values: ["1.7976931348623157e308", "2.2250738585072014e-308", "0.1"] },
  { type: "bit(10)", values: ["b'1010101010'", "b'0'", "0x27"] },
  { type: "year", values: ["1901", "2155", "2026"], key: "" },
  { type: "date", values: ["'0000-00-00'", "'9999-12-31'", "'2026-02-07'"], key: "" },
  { type: "datetime(6)", values: ["'0000-00-00 00:00:00'", "'2026-02-07 01:02:03.000004'"], key: "" },
  { type: "timestamp(3)", values: ["'1970-01-01 00:00:01'", "'2026-03-29 02:30:00.123'"], key: "" },
  { type: "time(2)", values: ["'-838:59:59'", "'12:30:00.12'", "'00:00:00'"] },
  { type: "enum('a','b''c','d,e','')", values: ["'a'", "'b''c'", "'d,e'"], key: "" },
  { type: "set('x','y z','(')", values: ["'x,('", "''", "'y z'"] },
  { type: "json", values: [`'{"a": [1, 2.5, "é", null]}'`, "'[]'", `'"\\\\""'`] },
  { type: "varbinary(40)", values: ["0x00FF275C0A0D1A22", "x''", "'abc'"], key: "(10)" },
  { type: "longblob", values: ["0xC3", "0x2C28292827275C", "REPEAT(0x275C00, 3000)"] },
  { type: "point", values: ["ST_GeomFromText('POINT(39 92)')"] },
  {
    type: "geometry",
    values: ["ST_GeomFromText('POLYGON((0 0,0 3,3 3,0 0))')", "ST_GeomFromText('LINESTRING(0 0,1 2)')"],
  },
  { type: "binary(16)", values: ["0x00112233445566778899AABBCCDDEEFF", "'\\0'", "x'27'"], key: "" },
  { type: "tinyblob", values: ["0x5C27", "''"] },
  { type: "bigint unsigned zerofill", values: ["18446744073709551615", "0"], key: "" },
  { type: "float(7,3)", values: ["-1234.567", "0.001"] },
  { type: "bit(64)", values: ["b'1111111111111111111111111111111111111111111111111111111111111111'", "1"], key: "" },
  { type: "bool", values: ["TRUE", "0"], key: "" },
  { type: "national varchar(20)", values: ["'é'", "_utf8'ß'"], key: "(10)" },
  {
    type: "datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    values: ["'2026-02-07 01:02:03'"],
    key: "",
  },
  { type: "enum('日本','é\\\\n','NULL')", values: ["'日本'", "'NULL'"], key: "" },
];
/** Kinds that only one of the engines has. */
const OWN_KINDS: Readonly<Record<Engine, readonly Kind[]>> = {
  mariadb: [
    { type: "uuid", values: ["'123e4567-e89b-12d3-a456-426655440000'"], key: "" },
    { type: "inet6", values: ["'2001:db8::ff00:42:8329'", "'::'"], key: "" },
    { type: "varchar(60) COMPRESSED", values: ["'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"] },
    { type: "varchar(20) DEFAULT concat('a', 1)", values: ["DEFAULT"], key: "(10)" },
  ],
  mysql: [
    { type: "vector(3)", values: ["STRING_TO_VECTOR('[1,2.5,-3]')"] },
    { type: "point SRID 4326", values: ["ST_GeomFromText('POINT(39 92)', 4326)"] },
    { type: "varchar(20) DEFAULT (concat('a', 1))", values: ["DEFAULT"], key: "(10)" },
    { type: "int INVISIBLE", values: ["1"], key: "" },
  ],
};
const TEXTS = ["varchar(60)", "char(40)", "text", "mediumtext"];
const CHARSETS = ["utf8mb4 COLLATE utf8mb4_bin", "utf8mb4 COLLATE utf8mb4_general_ci", "utf8mb4", "latin1", "utf8mb3"];
const NAMES = ["v", "a b", "select", "日本", "c`d", "(", "x;y", "--", "'q'", "é"];

const PARTITIONS = [
  "PARTITION BY HASH (id) PARTITIONS 3",
  "PARTITION BY KEY (id) PARTITIONS 2",
  "PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (5) COMMENT = 'it''s', PARTITION `p 1` VALUES LESS THAN MAXVALUE)",
  "PARTITION BY LIST (id % 2) (PARTITION even VALUES IN (0), PARTITION odd VALUES IN (1))",
  "PARTITION BY RANGE (id) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (9), PARTITION p1 VALUES LESS THAN MAXVALUE)",
];
/** Columns and keys that only one of the engines has. */
const OWN_PARTS: Readonly<Record<Engine, readonly string[]>> = {
  mariadb: [
    "KEY ignored (n) IGNORED",
    "seen int INVISIBLE DEFAULT 5",
    "price decimal(9,2) DEFAULT (1 + 1) CHECK (price > 0)",
  ],
  mysql: [
    "KEY hidden (n) INVISIBLE",
    "KEY computed ((n + 1))",
    "CHECK (n <> 88) NOT ENFORCED",
    "price decimal(9,2) DEFAULT (1 + 1) CHECK (price > 0)",
  ],
};

/**
 * Statements that create random tables with random rows, a view and a trigger in an empty schema. A server may reject some:
 * they are to be skipped.
 */
export function randomSchema(random: Random, engine: Engine): string[] {
  const tables = Array.from({ length: random.int(1, 4) }, (_, number) => randomTable(random, engine, number));
  const view = "CREATE VIEW a_view AS SELECT id FROM t0";
  const trigger = "CREATE TRIGGER a_trigger BEFORE INSERT ON t0 FOR EACH ROW BEGIN SET NEW.id = NEW.id; END";
  const routine =
    "CREATE PROCEDURE p(INOUT a int) BEGIN DECLARE b text DEFAULT 'x;'; SET a = a + 1; -- ; a comment\n END";
  const event = "CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO UPDATE t0 SET n = 1";
  return [
    "CREATE TABLE plain (id int)",
    ...tables.flat(),
    ...(random.chance(0.3) ? [view] : []),
    ...(random.chance(0.3) ? [trigger] : []),
    ...(random.chance(0.2) ? [routine, event] : []),
  ];
}

function randomTable(random: Random, engine: Engine, number: number): string[] {
  const names = NAMES.filter(() => random.chance(0.5));
  const columns = names.map((name) => randomColumn(random, engine, name));
  const isCounted = random.chance(0.7);
  const partitions = random.chance(0.2) ? random.pick(PARTITIONS) : undefined;
  const isPartitioned = partitions !== undefined;
  const own = OWN_PARTS[engine].filter(() => random.chance(0.1));
  const parts = [
    `id int NOT NULL${isCounted ? " AUTO_INCREMENT" : ""}`,
    "n int",
    ...columns.map(({ sql }) => sql),
    ...(random.chance(0.3) ? [`twice bigint AS (n * 2) ${random.pick(["VIRTUAL", "STORED"])}`] : []),
    "PRIMARY KEY (id)",
    ...columns.flatMap(({ name, key }) => {
      if (key === undefined || random.chance(0.5)) return [];
      const order = engine === "mysql" && random.chance(0.3) ? " DESC" : "";
      return [`KEY ${quoteName(`k ${name}`)} (${quoteName(name)}${key}${order}, id)`];
    }),
    ...(random.chance(0.3) ? [random.pick(["CHECK (n >= -5)", "CONSTRAINT `c; k` CHECK (n <> 77 or n is null)"])] : []),
    ...(random.chance(0.2) ? ["UNIQUE KEY u (n, id) USING BTREE COMMENT 'it''s; unique'"] : []),
    ...(random.chance(0.2) ? ["label varchar(30) AS (concat('n:', n, ';--')) VIRTUAL", "KEY (label)"] : []),
    ...(random.chance(0.2) && !isPartitioned ? ["words text", "FULLTEXT KEY words (words)"] : []),
    ...(random.chance(0.2) && !isPartitioned
      ? ["place point NOT NULL DEFAULT (point(1, 2))", "SPATIAL KEY (place)"]
      : []),
    ...own,
    ...(number > 0 && !isPartitioned && random.chance(0.4)
      ? [`CONSTRAINT fk${number} FOREIGN KEY (id) REFERENCES t${number - 1} (id) ON DELETE CASCADE`]
      : []),
  ];
  const options = [
    ...(random.chance(0.3) ? [`ROW_FORMAT=${random.pick(["DYNAMIC", "COMPACT", "REDUNDANT"])}`] : []),
    ...(random.chance(0.4) ? [`DEFAULT CHARSET=${random.pick(CHARSETS)}`] : []),
    ...(random.chance(0.3) ? [`COMMENT=${randomText(random)}`] : []),
    ...(isCounted && random.chance(0.3) ? ["AUTO_INCREMENT=777"] : []),
    ...(random.chance(0.1)
      ? [random.pick(["STATS_PERSISTENT=0", "MAX_ROWS=1000 AVG_ROW_LENGTH=50", "CHECKSUM=1 DELAY_KEY_WRITE=1"])]
      : []),
    ...(random.chance(0.1) && engine === "mariadb" && !isPartitioned ? ["WITH SYSTEM VERSIONING"] : []),
    ...(partitions === undefined ? [] : [partitions]),
  ];
  const table = `t${number}`;
  const rows = Array.from({ length: random.int(0, 30) }, (_, row) => {
    const values = columns.map(({ value }) => value());
    return `INSERT INTO ${table} (${["id", "n", ...names.map(quoteName)].join(",")}) VALUES (${[row, row, ...values].join(",")})`;
  });
  return [`CREATE TABLE ${table} (${parts.join(", ")}) ENGINE=InnoDB ${options.join(" ")}`, ...rows];
}

function randomColumn(random: Random, engine: Engine, name: string) {
  const isText = random.chance(0.4);
  const kind: Kind = isText ? randomTextKind(random) : random.pick([...KINDS, ...OWN_KINDS[engine]]);
  const isNullable = random.chance(0.7);
  const sql = [
    `${quoteName(name)} ${kind.type}${isNullable ? " NULL" : " NOT NULL"}`,
    ...(isNullable && random.chance(0.2) ? ["DEFAULT NULL"] : []),
    ...(random.chance(0.2) ? [`COMMENT ${randomText(random)}`] : []),
    ...(isNullable && engine === "mariadb" && random.chance(0.1) ? ["INVISIBLE"] : []),
  ].join(" ");
  const value = (): string => {
    if (isNullable && random.chance(0.2)) return "NULL";
    return isText ? randomText(random) : random.pick(kind.values);
  };
  return { name, sql, key: kind.key, value };
}

function randomTextKind(random: Random): Kind {
  const charset = random.chance(0.4) ? ` CHARACTER SET ${random.pick(CHARSETS)}` : "";
  return { type: random.pick(TEXTS) + charset, values: [], key: "(10)" };
}

function randomText(random: Random): string {
  return `'${Array.from({ length: random.int(0, 8) }, () => random.pick(PIECES)).join("")}'`;
}
