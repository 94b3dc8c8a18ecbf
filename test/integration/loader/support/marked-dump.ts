/** A dump of several tables whose rows all have the same mark, so that a reader can distinguish loads. */
export interface MarkedDump {
  text: string;
  /** Names of the tables, with their numbers of rows. */
  tables: Readonly<Record<string, number>>;
}

/** Number of rows by table. The sizes differ greatly, so that some tables are loaded long before others. */
const TABLES: Readonly<Record<string, number>> = {
  a1: 3, a2: 200, a3: 9_000, a4: 1, a5: 15_000, a6: 2_500, a7: 6_000, a8: 40, a9: 12_000,
}; // prettier-ignore

/** Creates a dump whose rows have the mark; some tables have AUTO_INCREMENT or foreign keys. */
export function markedDump(mark: string): MarkedDump {
  const text = Object.entries(TABLES).map(([name, rows]) => {
    const parent = name === "a6" ? ", CONSTRAINT fk FOREIGN KEY (parent) REFERENCES a7 (id)" : "";
    const counter = name === "a3" ? " AUTO_INCREMENT" : "";
    const values = Array.from(
      { length: rows },
      (_, row) => `(${row + 1},${row + 1},'${mark}','${"x".repeat(80)}${row}')`,
    );
    return `CREATE TABLE ${name} (id int NOT NULL${counter}, parent int, mark varchar(10), filler varchar(200), PRIMARY KEY (id), KEY by_mark (mark), KEY by_filler (filler)${parent});\nINSERT INTO ${name} VALUES ${values.join(",")};\n`;
  });
  return { text: text.join(""), tables: TABLES };
}

/** One statement that reads all tables at once: the number of rows, smallest and largest mark of each. */
export function readMarks(schema: string, tables: MarkedDump["tables"]): string {
  const parts = Object.keys(tables).map(
    (name) => `SELECT '${name}' AS name, COUNT(*) AS n, MIN(mark) AS low, MAX(mark) AS high FROM ${schema}.${name}`,
  );
  return parts.join(" UNION ALL ");
}
