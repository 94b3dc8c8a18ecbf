import { parseShownTable, resolveComments } from "../../../shared/copy/read-definition.ts";

const mysql = { product: "mysql", version: 90_700 } as const;
const mariadb = { product: "mariadb", version: 101_100 } as const;

describe("a definition for another server", () => {
  it("has the versioned comments that the server runs", () => {
    const text = "a /*!80023 INVISIBLE */ b /*!50100 PARTITION BY */ c /*M!100301 COMPRESSED*/ d ";

    expect(resolveComments(text, mysql).replaceAll(/\s+/g, " ")).toBe("a INVISIBLE b PARTITION BY c d ");
    expect(resolveComments(text, mariadb).replaceAll(/\s+/g, " ")).toBe("a b PARTITION BY c COMPRESSED d ");
  });

  it("keeps what looks like a comment in texts and names", () => {
    const text = "`a /*!1 */` varchar(9) DEFAULT 'it''s /*!50000 b*/ \\'' COMMENT '/* c */'";

    expect(resolveComments(text, mysql)).toBe(text);
  });

  it("is parsed with columns and keys", () => {
    const shown =
      "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `v` int /*!80023 INVISIBLE */,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB";

    const { columns, keys } = parseShownTable(shown, mysql);

    expect(columns.map(({ name, isInvisible }) => [name, isInvisible])).toEqual([
      ["id", false],
      ["v", true],
    ]);
    expect(keys).toHaveLength(1);
  });
});
