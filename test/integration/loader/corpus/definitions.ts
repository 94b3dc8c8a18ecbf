import { loads, loadsAs, loadsNew, loadsOnMariadb, type CorpusCase } from "./corpus-case.ts";

const raw = String.raw;

/** Definitions that are hard to reproduce: types, defaults, keys, names, options. */
export const definitions: readonly CorpusCase[] = [
  loads(
    "integers of all sizes at their limits",
    "CREATE TABLE t (a tinyint, b smallint, c mediumint, d int, e bigint, f tinyint unsigned, g smallint unsigned, h mediumint unsigned, i int unsigned, j bigint unsigned, k int(5) unsigned zerofill, l bool, m serial);INSERT INTO t VALUES (-128,-32768,-8388608,-2147483648,-9223372036854775808,255,65535,16777215,4294967295,18446744073709551615,42,1,1),(127,32767,8388607,2147483647,9223372036854775807,0,0,0,0,0,0,0,18446744073709551614);",
  ),
  loads(
    "decimals of 65 digits",
    `CREATE TABLE t (a decimal(65,0), b decimal(65,30), c decimal(30,30), d numeric(5,2) unsigned, e dec(10), f fixed(4,1));INSERT INTO t VALUES (${"9".repeat(65)},-${"9".repeat(35)}.${"9".repeat(30)},0.${"1".repeat(30)},999.99,-1234567890,-123.4),(NULL,0.${"0".repeat(29)}1,-0.5,0.00,0,0.0);`,
  ),
  // -0 of a double: MySQL's client loses the sign
  loadsOnMariadb(
    "floats at their limits",
    "CREATE TABLE t (a float, b double, c float(7,4), d double(10,3), e real, f float unsigned);INSERT INTO t VALUES (3.40282e38,1.7976931348623157e308,-999.0001,-1234567.125,2.2250738585072014e-308,1.17549e-38),(-3.40282e38,-1.7976931348623157e308,0.0001,0.001,4.9e-324,0),(0.1,0.1,0.1,0.1,-0.0,16777217),(1e-7,123456789012345678,1,1,1,1.5);",
  ),
  loads(
    "bits",
    "CREATE TABLE t (a bit, b bit(8), c bit(64), d bit(13) DEFAULT b'101');INSERT INTO t VALUES (b'1',b'10000001',b'1111111111111111111111111111111111111111111111111111111111111111',b'1010101010101'),(0x01,0x27,0x5C27000A0D1A2229,0x0001),('\\0','\\'','\\\\\\'\\0\\n\\r\\Z\\\")',''),(1,39,92,0),(NULL,NULL,NULL,NULL);",
  ),
  loads(
    "dates at their limits",
    "CREATE TABLE t (a date, b datetime, c datetime(6), d time, e time(6), f year, g timestamp NULL DEFAULT NULL, h timestamp(6) NULL DEFAULT NULL, i datetime(3));INSERT INTO t VALUES ('1000-01-01','1000-01-01 00:00:00','9999-12-31 23:59:59.999999','-838:59:59','838:59:59.000000',1901,'1970-01-01 00:00:01','2038-01-19 03:14:07.999999','2026-02-28 12:00:00.123'),('0000-00-00','0000-00-00 00:00:00','0000-00-00 00:00:00.000000','00:00:00','-00:00:00.000001',0000,'0000-00-00 00:00:00','0000-00-00 00:00:00.000000','2026-00-00 00:00:00.000'),('2026-02-31','2026-02-30 10:00:00','0001-01-01 00:00:00.000001','24:00:00','100:00:00.5',2155,NULL,NULL,NULL),(NULL,NULL,NULL,NULL,NULL,70,NULL,NULL,NULL);",
  ),
  loads(
    "dates in other spellings",
    "CREATE TABLE t (a date, b datetime, c time, y year);INSERT INTO t VALUES ('2026-2-7','2026-02-07T01:02:03','1:2:3','26'),('20260207','20260207010203','010203','2026'),(20260207,20260207010203,10203,26),('2026/02/07','2026-02-07 01:02','1 02:03:04',99);",
  ),
  loads(
    "enumerations and sets with odd members",
    raw`CREATE TABLE t (e enum('a','b''c','d,e','f\\g','','ü','😀',' x') DEFAULT 'b''c', s set('x','y z','q''r','ü','(') DEFAULT 'x,ü');INSERT INTO t VALUES ('a','x'),('b''c','x,y z'),('d,e','q\'r,('),('f\\g',''),('','ü'),('ü','('),('😀','x,y z,q''r,ü,('),(NULL,NULL),(' x','x'),(2,3),(DEFAULTX,1);`.replace(
      ",(DEFAULTX,1)",
      "",
    ),
  ),
  loads(
    "texts and blobs of all sizes",
    raw`CREATE TABLE t (a char(255), b varchar(16000), c tinytext, d text, e mediumtext, f longtext, g binary(4), h varbinary(255), i tinyblob, j blob, k mediumblob, l longblob, m char(0), n varchar(0), o national char(5));INSERT INTO t VALUES ('a ',' b ','','x','y','z','ab\0','a\0\0','\0','\'','"','\\','','','n'),('','','','','','','','','','','','',NULL,NULL,'');`,
  ),
  loads(
    "JSON with checks",
    raw`CREATE TABLE t (id int PRIMARY KEY, j json, k longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin CHECK (json_valid(k)));INSERT INTO t VALUES (1,'{"a": [1, 2.5, "é", null, {"b": "\\u00e9 \\" \\\\ /"}]}','[]'),(2,'null','"x"'),(3,NULL,NULL),(4,'"it\'s"','{"k": "v"}');`,
  ),
  loadsOnMariadb(
    "generated columns with keys on them",
    "CREATE TABLE t (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int AS (a + 1) STORED, d varchar(20) AS (concat(a, '-', 'x')) PERSISTENT, KEY by_b (b), UNIQUE KEY by_c (c), KEY by_d (d));INSERT INTO t (id, a) VALUES (1,10),(2,20);",
  ),
  loadsOnMariadb(
    "values for generated columns, as mariadb-dump gives them",
    "CREATE TABLE t (id int PRIMARY KEY, a int, b int AS (a * 2) VIRTUAL, c int AS (a + 1) STORED);INSERT INTO t VALUES (1,10,20,11),(2,NULL,NULL,NULL),(3,-1,-2,0);",
  ),
  loads(
    "floats of a generated column",
    "CREATE TABLE t (id int PRIMARY KEY, a float, f float AS (a / 3) STORED, d double AS (a / 3) VIRTUAL);INSERT INTO t VALUES (1,1,0.333333,0.3333333333333333),(2,NULL,NULL,NULL);",
    "CREATE TABLE t (id int PRIMARY KEY, a float, f float AS (a / 3) STORED, d double AS (a / 3) VIRTUAL);INSERT INTO t (id, a) VALUES (1,1),(2,NULL);",
  ),
  loads(
    "invisible columns",
    "CREATE TABLE t (id int PRIMARY KEY, a int INVISIBLE DEFAULT 5, b int);INSERT INTO t VALUES (1,2),(2,3);INSERT INTO t (id, a, b) VALUES (3,4,5);",
  ),
  loads(
    "defaults of all kinds",
    raw`CREATE TABLE t (id int, a int DEFAULT 5, b varchar(20) DEFAULT 'it''s', c varchar(20) DEFAULT (concat('a', 'b')), d datetime DEFAULT '2026-01-01 00:00:00', e decimal(5,2) DEFAULT 1.50, f bit(3) DEFAULT b'101', g varchar(10) DEFAULT NULL, h int DEFAULT (1 + 2), i varchar(36) DEFAULT (uuid()), j timestamp NOT NULL DEFAULT '2026-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP, k varchar(10) DEFAULT '\\\'');INSERT INTO t (id, i) VALUES (1,'u'),(2,'v');INSERT INTO t VALUES (3,1,'x','y','2026-02-02 00:00:00',2.5,b'1','z',4,'w','2026-03-03 00:00:00','');`,
  ),
  loads(
    "geometries, with reference systems and a spatial key",
    "CREATE TABLE t (id int PRIMARY KEY, g geometry NOT NULL, p point, SPATIAL KEY by_g (g));INSERT INTO t VALUES (1,0x000000000101000000000000000000F03F0000000000000040,NULL),(2,0xE6100000010100000066666666667661403333333333D34140,0xE6100000010100000066666666667661403333333333D34140),(3,_binary '\\0\\0\\0\\0\u0001\u0001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0@\\0\\0\\0\\0\\0\\0\\b@',NULL);",
  ),
  loads(
    "full-text keys",
    "CREATE TABLE t (id int PRIMARY KEY, a text, b varchar(50), FULLTEXT KEY f1 (a), FULLTEXT KEY f2 (a, b), KEY k (b));INSERT INTO t VALUES (1,'some words here','title'),(2,NULL,NULL);",
  ),
  loadsOnMariadb(
    "keys of all kinds",
    "CREATE TABLE t (id int NOT NULL, a varchar(100), b text, c int, d int NOT NULL, PRIMARY KEY (id DESC) USING BTREE, UNIQUE KEY `u 1` (a, c), UNIQUE (d), KEY (c, a DESC), KEY pre (b(10), a(5)), INDEX named USING BTREE (d) COMMENT 'it''s; a key', KEY ign (c, d) IGNORED, KEY blk (d, c) KEY_BLOCK_SIZE=4);INSERT INTO t VALUES (2,'a','b',1,2),(1,'b','c',NULL,3);",
  ),
  loads(
    "keys without names, and names that are in use",
    "CREATE TABLE t (a int, b int, a_2 int, KEY (a), KEY (a, b), UNIQUE (b), KEY `a_3` (b, a), KEY (a, a_2));INSERT INTO t VALUES (1,2,3);",
  ),
  loads(
    "keys in columns",
    "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE KEY COMMENT 'c', d int KEY_X);".replace(
      ", d int KEY_X",
      "",
    ) + "INSERT INTO t VALUES (1,2,3);",
  ),
  loads(
    "partitions by range, with sub-partitions",
    "CREATE TABLE t (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d)) ENGINE=InnoDB\n/*!50100 PARTITION BY RANGE (to_days(d))\nSUBPARTITION BY HASH (id)\nSUBPARTITIONS 2\n(PARTITION p0 VALUES LESS THAN (700000) ENGINE = InnoDB,\n PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */;INSERT INTO t VALUES (1,'1900-01-01'),(2,'2026-02-07');",
  ),
  loads(
    "partitions by list and by key",
    "CREATE TABLE t (id int NOT NULL, r varchar(10) NOT NULL) PARTITION BY LIST COLUMNS (r) (PARTITION e VALUES IN ('de','fr') COMMENT = 'EU; one', PARTITION a VALUES IN ('jp',''));CREATE TABLE u (id int PRIMARY KEY, v int) PARTITION BY KEY (id) PARTITIONS 3;INSERT INTO t VALUES (1,'de'),(2,''),(3,'jp');INSERT INTO u VALUES (1,1),(2,2),(3,3);",
  ),
  loads(
    "foreign keys in a circle",
    "CREATE TABLE a (id int PRIMARY KEY, b int, CONSTRAINT ab FOREIGN KEY (b) REFERENCES b (id));CREATE TABLE b (id int PRIMARY KEY, a int, KEY k (a), CONSTRAINT ba FOREIGN KEY (a) REFERENCES a (id) ON DELETE SET NULL);INSERT INTO a VALUES (1,2);INSERT INTO b VALUES (2,1);",
  ),
  loads(
    "foreign keys with every action",
    "CREATE TABLE p (id int PRIMARY KEY);CREATE TABLE c (a int, b int, c int, d int, e int, f int, FOREIGN KEY (a) REFERENCES p (id), CONSTRAINT two FOREIGN KEY (b) REFERENCES p (id) ON DELETE RESTRICT ON UPDATE RESTRICT, FOREIGN KEY three (c) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE, CONSTRAINT `four` FOREIGN KEY (d) REFERENCES p (id) ON UPDATE NO ACTION ON DELETE NO ACTION, FOREIGN KEY (e) REFERENCES p (id) ON DELETE SET NULL ON UPDATE RESTRICT, FOREIGN KEY (f) REFERENCES p (id) ON DELETE RESTRICT ON UPDATE SET NULL);INSERT INTO p VALUES (1);INSERT INTO c VALUES (1,1,1,1,1,1),(NULL,NULL,NULL,NULL,NULL,NULL);",
  ),
  loads(
    "a foreign key to a table that comes later, and to itself",
    "CREATE TABLE a (id int PRIMARY KEY, up int, other int, FOREIGN KEY (up) REFERENCES a (id), FOREIGN KEY (other) REFERENCES z (id));INSERT INTO a VALUES (1,2,1),(2,1,1);CREATE TABLE z (id int PRIMARY KEY);INSERT INTO z VALUES (1);",
  ),
  loads(
    "rows that break a foreign key, as a dump may have them",
    "CREATE TABLE p (id int PRIMARY KEY);CREATE TABLE c (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES p (id));INSERT INTO c VALUES (1,99);INSERT INTO p VALUES (1);",
  ),
  loads(
    "foreign keys added at the end",
    "CREATE TABLE p (id int PRIMARY KEY);CREATE TABLE c (id int, p int);INSERT INTO p VALUES (1);INSERT INTO c VALUES (1,1);ALTER TABLE c ADD PRIMARY KEY (id), ADD KEY p (p);ALTER TABLE c MODIFY id int NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=8;ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE;",
  ),
  loads(
    "a foreign key on two columns",
    "CREATE TABLE p (a int, b varchar(5), PRIMARY KEY (a, b));CREATE TABLE c (id int, a int, b varchar(5), KEY k (a, b), CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p (a, b) ON UPDATE CASCADE);INSERT INTO p VALUES (1,'x');INSERT INTO c VALUES (1,1,'x'),(2,NULL,'x');",
  ),
  loads(
    "AUTO_INCREMENT with gaps and a zero",
    "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT, v int, PRIMARY KEY (id)) AUTO_INCREMENT=1000;INSERT INTO t VALUES (0,1),(5,2),(100,3);CREATE TABLE u (id bigint unsigned NOT NULL AUTO_INCREMENT, PRIMARY KEY (id));INSERT INTO u VALUES (18446744073709551614);",
  ),
  loads(
    "AUTO_INCREMENT that the server counts",
    "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT, v int, PRIMARY KEY (id)) AUTO_INCREMENT=10;INSERT INTO t (v) VALUES (1),(2);INSERT INTO t VALUES (NULL,3),(50,4),(NULL,5);",
  ),
  loads(
    "AUTO_INCREMENT on a second column, and on a unique key",
    "CREATE TABLE t (a int NOT NULL, id int NOT NULL AUTO_INCREMENT, PRIMARY KEY (a, id), KEY only (id));CREATE TABLE u (id int NOT NULL AUTO_INCREMENT, v int, UNIQUE KEY (id), KEY v (v));INSERT INTO t VALUES (1,5),(2,6);INSERT INTO u VALUES (3,1);",
  ),
  loads(
    "names that are reserved words",
    "CREATE TABLE `select` (`from` int, `where` int, `key` int, `values` int, `primary` int, `check` int, `constraint` int, `unique` int, PRIMARY KEY (`key`), KEY `index` (`from`), CONSTRAINT `foreign` CHECK (`check` > 0));INSERT INTO `select` VALUES (1,2,3,4,5,6,7,8);INSERT INTO `select` (`values`, `key`) VALUES (1,2);",
  ),
  loads(
    "names that look like parts of a definition",
    "CREATE TABLE t (`PRIMARY KEY` int, `) ENGINE=MyISAM` int, `a,b` int, `--` int, `/*` int, `;` int, `'` int, `\"` int, `\\` int, `*/` int);INSERT INTO t VALUES (1,2,3,4,5,6,7,8,9,10);",
  ),
  loads(
    "names of 64 characters, with dots and back-quotes",
    `CREATE TABLE \`${"n".repeat(64)}\` (\`${"c".repeat(64)}\` int, KEY \`${"k".repeat(64)}\` (\`${"c".repeat(64)}\`));INSERT INTO \`${"n".repeat(64)}\` VALUES (1);CREATE TABLE \`a.b\` (\`c.d\` int, \`e\`\`f\` int);INSERT INTO \`a.b\` VALUES (1,2);CREATE TABLE \`\`\`\` (a int);INSERT INTO \`\`\`\` VALUES (1);`,
  ),
  loads(
    "Japanese names",
    "CREATE TABLE `入居者` (`番号` int PRIMARY KEY COMMENT '主キー', `氏名` varchar(20) DEFAULT '名無し', KEY `氏名の索引` (`氏名`)) COMMENT='入居者の表';INSERT INTO `入居者` VALUES (1,'山田'),(2,'佐藤');INSERT INTO 入居者 (番号) VALUES (3);",
  ),
  loads(
    "names without quotes",
    "CREATE TABLE t$1 (_a int, b$ int, ü int, c1 int);INSERT INTO t$1 (c1, _a, b$, ü) VALUES (1,2,3,4);",
  ),
  loads(
    "names that differ only in case",
    "CREATE TABLE Case1 (a int);CREATE TABLE case1 (a int);INSERT INTO Case1 VALUES (1);INSERT INTO case1 VALUES (2),(3);",
  ),
  loads(
    "comments with every quote",
    raw`CREATE TABLE t (a int COMMENT 'it''s "here" \\ \'; -- /* */ #', b int COMMENT "double ""quoted"" it's", KEY k (a) COMMENT 'key''s; \\') COMMENT='table''s; \\ "comment" ${"`"}tick${"`"}';INSERT INTO t VALUES (1,2);`,
  ),
  loads(
    "a comment of two lines, and an empty one",
    raw`CREATE TABLE t (a int COMMENT 'one\ntwo	three', b int COMMENT '') COMMENT='';INSERT INTO t VALUES (1,2);`,
  ),
  loads(
    "check constraints",
    "CREATE TABLE t (a int CHECK (a > 0), b varchar(10), CONSTRAINT named CHECK (b <> 'it''s' AND b LIKE '%(%'), CHECK (a < 100 OR b IS NULL));INSERT INTO t VALUES (1,'x('),(2,'((');",
  ),
  loadsAs(
    "engines of all kinds, as InnoDB",
    "CREATE TABLE i (a int) ENGINE=InnoDB;CREATE TABLE m (a int, KEY (a)) ENGINE=MyISAM CHECKSUM=1 DELAY_KEY_WRITE=1 PACK_KEYS=1;CREATE TABLE r (a int) ENGINE=Aria TRANSACTIONAL=1 PAGE_CHECKSUM=1;CREATE TABLE y (a int, KEY (a) USING HASH) ENGINE=MEMORY;INSERT INTO i VALUES (1);INSERT INTO m VALUES (1),(2);INSERT INTO r VALUES (1);INSERT INTO y VALUES (1),(2);",
    (dump) =>
      dump
        .replaceAll(/ENGINE=(?:MyISAM|Aria|MEMORY)/g, "ENGINE=InnoDB")
        .replace(" TRANSACTIONAL=1 PAGE_CHECKSUM=1", ""),
  ),
  loadsAs(
    "storage options that the server's defaults replace",
    "CREATE TABLE t (a int STORAGE DISK COLUMN_FORMAT FIXED) DATA DIRECTORY='/tmp' INDEX DIRECTORY='/tmp' `PAGE_COMPRESSED`=1 `FROBNICATED`='yes';INSERT INTO t VALUES (1);",
    () => "CREATE TABLE t (a int);INSERT INTO t VALUES (1);",
  ),
  loads(
    "REFERENCES of a column, as the server accepts it",
    "CREATE TABLE p (id int PRIMARY KEY);CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p (id) ON DELETE CASCADE);INSERT INTO p VALUES (1);INSERT INTO c VALUES (1,1);",
  ),
  loadsAs(
    "a foreign key to a table that the dump lacks, which is omitted",
    "CREATE TABLE c (id int PRIMARY KEY, p int, KEY k (p), CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id));INSERT INTO c VALUES (1,1);",
    (dump) => dump.replace(", CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id)", ""),
  ),
  loadsOnMariadb(
    "expressions of all kinds",
    "CREATE TABLE t (a int, b varchar(20) DEFAULT concat('x', '-', 1), c int AS (case when `a` between 1 and 5 then a div 2 else -a end) STORED, d date DEFAULT (curdate() + interval 1 day), e int AS (json_extract('{\"k\": 1}', '$.k')) VIRTUAL, f varchar(10) AS (cast(a as char(10) charset utf8mb4)) STORED, g int AS (a << 2 | 1 & ~a ^ 3) VIRTUAL, h int DEFAULT 0x1F, i float DEFAULT 1e-3, CHECK (b like 'x%' escape '|' or b is not null and a in (1,2,3)));INSERT INTO t (a, b, d) VALUES (1,'xy','2026-01-01');",
  ),
  loadsAs(
    "row formats and options",
    "CREATE TABLE a (a int) ROW_FORMAT=REDUNDANT;CREATE TABLE b (a int) ROW_FORMAT=COMPACT STATS_PERSISTENT=0;CREATE TABLE c (a int) ROW_FORMAT=DYNAMIC STATS_AUTO_RECALC=0 STATS_SAMPLE_PAGES=3;CREATE TABLE d (a int) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;CREATE TABLE e (a int) MIN_ROWS=1 MAX_ROWS=1000 AVG_ROW_LENGTH=100;CREATE TABLE f (a int) PAGE_COMPRESSED=1;INSERT INTO a VALUES (1);INSERT INTO b VALUES (1);INSERT INTO c VALUES (1);INSERT INTO d VALUES (1);INSERT INTO e VALUES (1);INSERT INTO f VALUES (1);",
    (dump) => dump.replace(" PAGE_COMPRESSED=1", ""),
  ),
  loads(
    "options with commas, without signs, in other words",
    "CREATE TABLE t (a varchar(5)) ENGINE InnoDB, DEFAULT CHARACTER SET = latin1, COLLATE latin1_general_ci, COMMENT 'x', AUTO_INCREMENT 5;CREATE TABLE u (a varchar(5)) CHARSET utf8 COLLATE utf8_bin;INSERT INTO t VALUES ('a');INSERT INTO u VALUES ('b');",
  ),
  loads(
    "character sets of columns",
    "CREATE TABLE t (a varchar(10) CHARACTER SET latin1, b varchar(10) CHARACTER SET utf8 COLLATE utf8_unicode_ci, c varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, d text CHARACTER SET ucs2, e varchar(10) CHARACTER SET cp932, f varchar(10) CHARACTER SET sjis, g varchar(10) CHARACTER SET ujis, h varchar(10) CHARACTER SET gbk, i varchar(10) CHARACTER SET utf16, j varchar(10) BINARY, k varchar(10) ASCII, l varchar(10) CHARACTER SET koi8r, m char(5) CHARACTER SET utf32) DEFAULT CHARSET=utf8mb4;INSERT INTO t VALUES ('é','あ','😀','é','表','ソ','表','表','😀','a','b','я','😀'),('\\\\','\\'','\\\\','\\\\','\\\\表','\\\\','\\'','\\\\','\\0','','','','');",
  ),
  loadsOnMariadb(
    "collations of MySQL 8, which MariaDB lacks",
    "CREATE TABLE t (a varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci, b varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs, c varchar(10) COLLATE utf8mb4_0900_bin, d varchar(10) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin, e varchar(10) COLLATE utf8mb4_ja_0900_as_cs_ks) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;INSERT INTO t VALUES ('a','b','c','d','e');",
    "CREATE TABLE t (a varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, b varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, c varchar(10) COLLATE utf8mb4_bin, d varchar(10) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin, e varchar(10) COLLATE utf8mb4_unicode_ci) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;INSERT INTO t VALUES ('a','b','c','d','e');",
  ),
  loads(
    "1000 columns",
    `CREATE TABLE t (${Array.from({ length: 1_000 }, (_, n) => `c${n} ${["int", "tinyint", "date", "bit(1)", "char(1)"][n % 5] ?? "int"}`).join(",")});INSERT INTO t VALUES (${Array.from({ length: 1_000 }, (_, n) => ["1", "-1", "'2026-01-01'", "b'1'", "'a'"][n % 5] ?? "1").join(",")}),(${Array.from({ length: 1_000 }, () => "NULL").join(",")});`,
  ),
  loads(
    "a table without a key, with equal rows",
    "CREATE TABLE t (a int, b text);INSERT INTO t VALUES (1,'x'),(1,'x'),(NULL,NULL),(NULL,NULL);",
  ),
  loads(
    "a table without rows, and one of one column",
    "CREATE TABLE e (id int PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT=55;CREATE TABLE o (a text);INSERT INTO o VALUES ('a'),(NULL),('');",
  ),
  loadsOnMariadb(
    "types of MariaDB",
    "CREATE TABLE t (u uuid, i inet6, j inet4, x xmltype_x);".replace(", x xmltype_x", "") +
      "INSERT INTO t VALUES ('123e4567-e89b-12d3-a456-426655440000','::1','10.0.0.1'),(NULL,NULL,NULL);",
  ),
  loadsOnMariadb(
    "an application period",
    "CREATE TABLE t (a int, s date, e date, PERIOD FOR span (s, e));INSERT INTO t VALUES (1,'2026-01-01','2026-02-01');",
  ),
  loadsOnMariadb(
    "compressed columns",
    "CREATE TABLE t (a int PRIMARY KEY, b text COMPRESSED, c varbinary(100) COMPRESSED);INSERT INTO t VALUES (1,'xxxxxxxxxxxxxxxxxxxxxxxx','y');",
  ),
  loads(
    "rows of 60 kB in a table of large columns",
    `CREATE TABLE t (id int PRIMARY KEY, a mediumtext, b mediumblob);INSERT INTO t VALUES ${Array.from({ length: 40 }, (_, id) => `(${id},'${"äöü😀".repeat(3_000)}',0x${"00ff27".repeat(5_000)})`).join(",")};`,
  ),
  loadsNew(
    "values that are unique only in the database's collation",
    "bin_db",
    "/*!40000 DROP DATABASE IF EXISTS `bin_db`*/;CREATE DATABASE /*!32312 IF NOT EXISTS*/ `bin_db` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */ /*!80016 DEFAULT ENCRYPTION='N' */;USE `bin_db`;CREATE TABLE t (v varchar(10), UNIQUE KEY (v));INSERT INTO t VALUES ('a'),('A');",
  ),
  loadsOnMariadb(
    "row versions with the times that mariadb-dump gives",
    "CREATE TABLE t (id int NOT NULL, v int, rs timestamp(6) GENERATED ALWAYS AS ROW START, re timestamp(6) GENERATED ALWAYS AS ROW END, PRIMARY KEY (id,re), PERIOD FOR SYSTEM_TIME (rs,re)) WITH SYSTEM VERSIONING;INSERT INTO t VALUES (2,5,'2026-11-28 13:28:57.127249','2038-01-19 03:14:07.999999');",
  ),
];
