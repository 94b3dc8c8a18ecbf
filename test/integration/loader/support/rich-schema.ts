import { chosenEngine } from "../../../../local/engine.ts";

/** An INSERT with one row for each number from `first` to `last`. */
function numberedRows(
  table: string,
  { first = 1, last }: { first?: number; last: number },
  row: (n: number) => string,
): string {
  const rows = Array.from({ length: last - first + 1 }, (_, index) => `(${row(first + index)})`);
  return `INSERT INTO ${table} VALUES ${rows.join(",")}`;
}

/** Types that MySQL does not have. */
const onlyMariadb: readonly string[] = [
  "CREATE TABLE uuids (id uuid PRIMARY KEY, ip inet6)",
  "INSERT INTO uuids VALUES ('123e4567-e89b-12d3-a456-426655440000', '::1')",
];

/**
 * Tables with content that is hard to reproduce: every type of the engine under test, unusual names, bytes with a meaning
 * for parsers, keys of all kinds. The statements are for an empty schema.
 */
export const richSchema: readonly string[] = [
  "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', SESSION time_zone = '+00:00'",
  `CREATE TABLE numbers (
    id int NOT NULL AUTO_INCREMENT, t tinyint, tu tinyint unsigned, s smallint, m mediumint, b bigint,
    bu bigint unsigned, d decimal(30,10), d0 decimal(10,0) unsigned zerofill, f float, db double, fl float(7,3),
    flag bit(1), bits bit(10), wide bit(64), y year, bool boolean,
    PRIMARY KEY (id), KEY by_b (b), UNIQUE KEY by_d (d, id)
  ) ENGINE=InnoDB AUTO_INCREMENT=777 COMMENT='numbers; with ''quotes'' and \`ticks\`'`,
  `INSERT INTO numbers VALUES
    (0, -128, 255, -32768, 8388607, -9223372036854775808, 18446744073709551615, -12345678901234567890.0123456789,
      42, 1.5e-30, 1.7976931348623157e308, 1234.567, b'1', b'1010101010', 0xFFFFFFFFFFFFFFFF, 1901, TRUE),
    (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (5, 0, 0, 0, 0, 0, 0, 0.1, 0, 0, -0.0, 0, b'0', 0, 0, 0, FALSE),
    (6, 1, 1, 1, 1, 1, 1, 1, 1, 3.14159, 1e-300, 0.001, b'1', 0x27, 0x275C0A0D001A2229, 2155, TRUE)`,
  `CREATE TABLE texts (
    id int NOT NULL, c char(10) DEFAULT 'NULL', v varchar(191) DEFAULT '', tt tinytext, t text, mt mediumtext,
    lt longtext, e enum('a','b''c','d,e','f\\\\g') DEFAULT 'a', st set('x','y','z'), j json,
    l1 varchar(50) CHARACTER SET latin1, a varchar(50) CHARACTER SET ascii COLLATE ascii_bin,
    ci varchar(50) COLLATE utf8mb4_general_ci COMMENT 'case; -- and /* comment */ marks', PRIMARY KEY (id),
    KEY by_v (v(20)), FULLTEXT KEY words (t), FULLTEXT KEY more (mt, v)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`,
  `INSERT INTO texts VALUES
    (1, 'abc', 'O''Brien "quoted" \`tick\`', '', 'line\\none\\r\\ntab\\tnul\\0ctrl-z\\Zend', '東京 シェアハウス',
      '😀 𠮷野家 မြန်မာ', 'b''c', 'x,z', '{"a": [1, "é"]}', 'café', 'plain', 'ÀÉ'),
    (2, 'NULL', 'NULL', 'null', 'NULL', '\\\\N', '\\\\', 'd,e', '', '[]', '', '', ''),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, '),(', '),(1,', ');', '/* not a comment */ -- neither # nor', 'DELIMITER ;;', '\\\\''', 'f\\\\g', 'y',
      'null', 'a\\\\', '''', '\\'),(\\''),
    (5, '%', '\\\\%', '\\\\_', '100%', '_x_', '\\\\\\\\', 'a', 'x,y,z', '"\\\\\\""', 'ÿ', '~', '\\\\n')`,
  `CREATE TABLE bytes (
    id int NOT NULL, b binary(8), vb varbinary(255), tb tinyblob, bl blob, mb mediumblob, lb longblob,
    PRIMARY KEY (id), KEY by_vb (vb(10)), KEY by_bl (bl(5))
  ) ENGINE=InnoDB`,
  `INSERT INTO bytes VALUES
    (1, 0x00, 0xFF00FE27225C0A0D1A, '', NULL, 0xC3, 0x80818283),
    (2, 'abcdefgh', x'', 0x29, 0x2C28, 0x292C2827, 0x27292C28275C)`,
  numberedRows(
    "bytes",
    { first: 10, last: 255 },
    (n) =>
      `${n}, NULL, CHAR(${n}, ${255 - n}, 39, 92, ${n}), CHAR(${n}), REPEAT(CHAR(${n}), 5), NULL, CHAR(${n}, 0, ${n})`,
  ),
  `CREATE TABLE times (
    id int NOT NULL, d date DEFAULT '0000-00-00', t time, t3 time(3), dt datetime, dt6 datetime(6),
    ts timestamp NOT NULL DEFAULT '0000-00-00 00:00:00', ts6 timestamp(6) NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
    PRIMARY KEY (id), KEY by_ts (ts DESC)
  ) ENGINE=InnoDB`,
  `INSERT INTO times VALUES
    (1, '2026-02-07', '-838:59:59', '12:30:00.123', '9999-12-31 23:59:59', '2026-02-07 01:02:03.000004', '1970-01-01 00:00:01', '2038-01-19 03:14:07.999999'),
    (2, '0000-00-00', NULL, NULL, '0000-00-00 00:00:00', NULL, '0000-00-00 00:00:00', NULL),
    (3, '2026-02-28', '00:00:00', '00:00:00', '2026-00-00 00:00:00', '2302-01-28', '2026-03-29 02:30:00', NULL)`,
  `CREATE TABLE computed (
    id int NOT NULL AUTO_INCREMENT, price decimal(10,2) NOT NULL, tax decimal(10,2) GENERATED ALWAYS AS (price * 0.1) STORED,
    total decimal(12,2) AS (price + tax) VIRTUAL, hidden int INVISIBLE DEFAULT 7,
    name varchar(20) DEFAULT (concat('n', '-', '1')), PRIMARY KEY (id), KEY by_total (total), CONSTRAINT positive CHECK (price >= 0)
  ) ENGINE=InnoDB`,
  "INSERT INTO computed (price, hidden, name) VALUES (10.50, 1, 'a'), (0, 2, 'b'), (99999999.99, NULL, NULL)",
  `CREATE TABLE shapes (
    id int NOT NULL, g geometry NOT NULL, p point, poly polygon, PRIMARY KEY (id), SPATIAL KEY by_g (g)
  ) ENGINE=InnoDB`,
  `INSERT INTO shapes VALUES
    (1, ST_GeomFromText('POINT(139.7 35.6)'), ST_GeomFromText('POINT(39.0 92.0)', 4326), NULL),
    (2, ST_GeomFromText('LINESTRING(0 0, 1 1, 2.5 39)'), NULL, ST_GeomFromText('POLYGON((0 0,0 5,5 5,5 0,0 0))'))`,
  `CREATE TABLE parents (a int NOT NULL, b varchar(10) NOT NULL, n int, PRIMARY KEY (b, a), UNIQUE KEY only_a (a)) ENGINE=InnoDB`,
  `CREATE TABLE children (
    id bigint unsigned NOT NULL AUTO_INCREMENT, parent int, pb varchar(10), self bigint unsigned,
    PRIMARY KEY (id), KEY to_parent (parent), KEY to_both (pb, parent),
    CONSTRAINT zz_first FOREIGN KEY (parent) REFERENCES parents (a) ON DELETE CASCADE ON UPDATE SET NULL,
    CONSTRAINT aa_second FOREIGN KEY (pb, parent) REFERENCES parents (b, a),
    FOREIGN KEY (self) REFERENCES children (id)
  ) ENGINE=InnoDB`,
  "INSERT INTO parents VALUES (1, 'x', 1), (2, 'y', NULL)",
  "INSERT INTO children VALUES (1, 1, 'x', NULL), (2, 2, 'y', 1), (3, NULL, NULL, 3)",
  `CREATE TABLE counted_second (
    grp int NOT NULL, n int NOT NULL AUTO_INCREMENT, note varchar(10), KEY by_note (note), KEY by_n (n), KEY by_grp (grp, note),
    UNIQUE KEY once (grp, n)
  ) ENGINE=InnoDB AUTO_INCREMENT=50`,
  "INSERT INTO counted_second VALUES (1, 10, 'a'), (1, 20, 'b'), (2, 0, NULL)",
  "CREATE TABLE no_key (a int, b text)",
  "INSERT INTO no_key VALUES (2, 'b'), (1, 'a'), (2, 'b'), (NULL, NULL)",
  `CREATE TABLE parted (id int NOT NULL, y int NOT NULL, v varchar(10), PRIMARY KEY (id, y), KEY by_v (v))
    ENGINE=InnoDB PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (2000) ENGINE = InnoDB,
      PARTITION p1 VALUES LESS THAN (2020) COMMENT = 'middle; years' ENGINE = InnoDB, PARTITION pmax VALUES LESS THAN MAXVALUE ENGINE = InnoDB)`,
  "INSERT INTO parted VALUES (1, 1999, 'a'), (2, 2010, 'b'), (3, 2026, 'c')",
  "CREATE TABLE `odd ``name``.with; every-thing` (`a b` int, `select` int, `c``d` varchar(5), `(` int, KEY `k 1` (`a b`, `c``d`)) COMMENT='odd'",
  "INSERT INTO `odd ``name``.with; every-thing` VALUES (1, 2, '`', 3)",
  "CREATE TABLE `staging.movings` (`テナント` int, `id` int PRIMARY KEY)",
  "INSERT INTO `staging.movings` VALUES (1, 2)",
  "CREATE TABLE `VALUES` (`values` int, `INSERT` text)",
  "INSERT INTO `VALUES` VALUES (1, 'VALUES (1)')",
  "CREATE TABLE counted (id int NOT NULL AUTO_INCREMENT, v varchar(10), PRIMARY KEY (id), KEY by_v (v)) ENGINE=InnoDB",
  "INSERT INTO counted VALUES (1, 'a'), (2, 'b')",
  "CREATE TABLE compact_table (id int PRIMARY KEY, v text) ENGINE=InnoDB ROW_FORMAT=COMPACT",
  "INSERT INTO compact_table VALUES (1, 'a')",
  "CREATE TABLE empty_one (id int PRIMARY KEY)",
  "CREATE TABLE stats_set (id int PRIMARY KEY, v int, KEY by_v (v)) ENGINE=InnoDB STATS_PERSISTENT=1 STATS_AUTO_RECALC=1 STATS_SAMPLE_PAGES=8 ROW_FORMAT=DYNAMIC",
  "INSERT INTO stats_set VALUES (1, 1)",
  "CREATE TABLE compressed (id int PRIMARY KEY, v text) ENGINE=InnoDB ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8",
  numberedRows("compressed", { last: 500 }, (n) => `${n}, REPEAT(${n}, 50)`),
  ...(chosenEngine() === "mariadb" ? onlyMariadb : []),
  "CREATE TABLE big (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, a int, v varchar(100), KEY by_a (a), KEY by_v (v))",
  numberedRows(
    "big",
    { last: 20_000 },
    (n) => `${n}, ${(n * 7) % 1000}, 'row ${n} ''quoted'' \\\\ ${"x".repeat(n % 50)}'`,
  ),
  "CREATE VIEW a_view AS SELECT id, v FROM big WHERE a > 5",
  "CREATE TRIGGER a_trigger BEFORE INSERT ON big FOR EACH ROW BEGIN SET NEW.a = 1; SET NEW.v = 'it''s; -- here'; END",
  "CREATE PROCEDURE a_procedure() BEGIN SELECT 'a;b'; INSERT INTO big VALUES (1,1,'x'); END",
  "CREATE FUNCTION a_function() RETURNS int DETERMINISTIC RETURN 1",
  "CREATE EVENT an_event ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM big",
];
