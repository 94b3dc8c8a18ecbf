import { shownSql, shownWord } from "../../../shared/loader/lexer/shown-sql.ts";

describe("a statement in a message", () => {
  it.each([
    ["UPDATE `contacts` SET mail = 'hanako@example.jp' WHERE name = \"Hanako\"", "UPDATE `contacts` SET … WHERE …"],
    ["Yamada Hanako,hanako@example.jp,090-1234-5678", "…"],
    ["INSERT INTO `nowhere` VALUES (1,'Yamada Hanako')", "INSERT INTO `nowhere` VALUES (…"],
    ["SELECT * FROM\n  secrets INTO OUTFILE '/tmp/x'", "SELECT * FROM … INTO OUTFILE …"],
    [`DROP TABLE ${"`t`, ".repeat(40)}\`t\``, `DROP TABLE ${"`t`, ".repeat(17)}\`t\`,...`],
  ])("shows keywords and quoted names, but no possible value: %s", (text, shown) => {
    expect(shownSql(text)).toBe(shown);
  });

  it("shows an unquoted word only if it is a keyword or a built-in function", () => {
    const words = ["NOW", "from_unixtime", "ST_GeomFromText", "GeomFromText", "Hanako"];

    expect(words.map(shownWord)).toEqual([...words.slice(0, 4), "a word of 6 characters"]);
  });
});
