import mysql, { type RowDataPacket } from "mysql2/promise";
import { isPlainName, sqlName } from "../../cli/adopt/sql-name.ts";
import { testServices } from "../support/services.ts";

/** How a generated model and its tests use a name. */
const useOf = (name: string): string =>
  `WITH ${name} AS (SELECT 1 AS ${name}) SELECT ${name}.${name}, count(${name}) AS ${name} FROM ${name} WHERE ${name} IS NOT NULL GROUP BY ${name}`;

describe.each(["mariadb", "mysql"] as const)("names in generated models on %s", (engine) => {
  it("quotes every keyword that the server does not accept as a name", async () => {
    const connection = await mysql.createConnection(testServices(engine).database.url);
    try {
      const [keywords] = await connection.query<(RowDataPacket & { word: string })[]>(
        "SELECT lower(word) AS word FROM information_schema.keywords",
      );
      const words = keywords.map(({ word }) => word).filter((word) => /^\w+$/.test(word));
      const rejected: string[] = [];
      for (const word of words) await connection.query(useOf(sqlName(word))).catch(() => rejected.push(word));

      expect(words.length).toBeGreaterThan(500);
      expect(rejected).toEqual([]);
      expect(words.filter(isPlainName)).toContain("status");
    } finally {
      await connection.end();
    }
  });
});
