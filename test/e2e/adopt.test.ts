import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { guideBlocks, type GuideBlock } from "../support/guide/guide-blocks.ts";
import { GuideReader } from "../support/guide/reader.ts";
import { dumpSchema } from "../support/stock-client.ts";
import { waitFor } from "../support/wait-for.ts";
import { testWarehouse, type TestWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 240_000;

const SHOP = [
  `CREATE TABLE authors (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(80) NOT NULL COMMENT 'as on the cover') CHARACTER SET utf8mb4`,
  `CREATE TABLE books (isbn char(13) NOT NULL PRIMARY KEY, author_id int unsigned NOT NULL, title varchar(200) NOT NULL,
    \`order\` int NOT NULL, published_on date DEFAULT NULL, FOREIGN KEY (author_id) REFERENCES authors (id)) CHARACTER SET utf8mb4`,
  `CREATE TABLE orders (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, number varchar(12) NOT NULL UNIQUE,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP) CHARACTER SET utf8mb4`,
  `CREATE TABLE order_lines (order_id int unsigned NOT NULL, line int NOT NULL, isbn char(13) NOT NULL, quantity int NOT NULL,
    unit_price decimal(8,2) NOT NULL, PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id),
    FOREIGN KEY (isbn) REFERENCES books (isbn)) CHARACTER SET utf8mb4`,
  // no model reads it
  "CREATE TABLE visits (at datetime, page varchar(100)) CHARACTER SET utf8mb4",
  "INSERT INTO authors (name) VALUES ('Ōe 大江'), ('O''Brien')",
  "INSERT INTO books VALUES ('9780000000001', 1, 'Kojinteki na taiken', 1, '1964-08-28'), ('9780000000002', 2, 'The Third Policeman', 2, NULL)",
  // 00:30 on 7 February in Berlin
  "INSERT INTO orders (number, created_at) VALUES ('B-1', '2026-02-05 12:00:00'), ('B-2', '2026-02-06 23:30:00')",
  "INSERT INTO order_lines VALUES (1, 1, '9780000000001', 2, 12.50), (1, 2, '9780000000002', 1, 9.00), (2, 1, '9780000000002', 3, 9.00)",
];
/** More is returned than sold, on 8 February in Berlin. */
const NEXT_DAY = [
  "INSERT INTO orders (number, created_at) VALUES ('B-3', '2026-02-07 23:15:00')",
  "INSERT INTO order_lines VALUES (3, 1, '9780000000001', -1, 12.50)",
];

/** The blocks of docs/adopt.md, unchanged, for a database of a bookshop. @slow */
describe("docs/adopt.md, followed line by line", () => {
  let blocks: GuideBlock[];
  let reader: GuideReader;
  let source: TestWarehouse;

  beforeAll(async () => {
    blocks = await guideBlocks("docs/adopt.md");
    reader = await GuideReader.arrive();
    await reader.follow(["git checkout -q -b upstream/main"]);
    await reader.change("dbt/models/silver/stg_rooms.sql", "-- changed\n");
    await reader.change("dbt/models/gold/new_model.sql", "select * from {{ ref('stg_rooms') }}\n");
    await reader.change("shared/new.ts", "export {};\n");
    await reader.follow(["git checkout -q -"]);
    source = testWarehouse();
  });
  afterAll(async () => {
    await reader.follow(of(8));
    await reader.leave();
    await source.dispose();
  }, 120_000);

  function of(step: number): string[] {
    return blocks.filter(({ section }) => section.startsWith(`${step}. `)).map(({ text }) => text);
  }
  /** Changes the shop's database and dumps it, as the page's mysqldump does. */
  async function dumpShop(day: string, statements: readonly string[]): Promise<void> {
    const schema = `${source.prefix}bookshop`;
    const connection = await source.pool.getConnection();
    await connection.query(`CREATE DATABASE IF NOT EXISTS \`${schema}\``);
    await connection.query(`USE \`${schema}\``);
    await connection.query("SET time_zone = '+00:00'");
    for (const statement of statements) await connection.query(statement);
    connection.destroy();
    await mkdir(join(reader.folder, "dumps"), { recursive: true });
    const dump = await dumpSchema(source.config, ["--single-transaction", "--no-tablespaces", schema]);
    await writeFile(join(reader.folder, `dumps/bookshop_${day}.sql`), dump);
  }

  it(
    "leads from a dump to tables of one's own, in the time zone of the shop",
    async () => {
      await dumpShop("20260207", SHOP);

      const seen = await reader.follow(of(2));
      await reader.follow([...of(3), ...of(4)]);
      const loaded = await reader.follow(of(5));

      expect(seen).toMatch(/^order_lines +3 .* order_id, line +order_id -> orders, isbn -> books$/m);
      expect(seen).toMatch(/^5 tables, 9 rows, .* dump name bookshop$/m);
      expect(loaded).toMatch(/run 2026-02-07-[0-9a-f]{8} +completed/);
      expect(await reader.follow(["git diff --name-only serverless.yml && ls dbt/models/silver"])).toContain(
        "stg_order_lines.yml",
      );
    },
    TIMEOUT_MS,
  );

  it(
    "adds a layer with a model and a rule",
    async () => {
      const output = await reader.follow(of(6));

      expect(output).toMatch(/run 2026-02-07-[0-9a-f]{8}-r1 +completed/);
      expect(output).toMatch(/2026-02-05\W+1\W+34\.00/);
      expect(output).toMatch(/2026-02-07\W+1\W+27\.00/);
    },
    TIMEOUT_MS,
  );

  it(
    "shows a day that fails, keeps the day before live, and completes the day after it is accepted and replayed",
    async () => {
      const [load = "", ...repair] = of(7);
      const live = 'set +x; ./baton sql -e "SELECT MAX(business_date) FROM sales.sales_by_day"';
      await dumpShop("20260208", NEXT_DAY);

      await expect(reader.follow([load])).rejects.toThrow(/ended with 1:[^]*QUALITY_TESTS_FAILED/);
      expect(await reader.follow([live])).toContain("2026-02-07");
      expect(await reader.follow(repair)).toContain("every_day_has_revenue");

      await waitFor("the accepted day", async () => {
        const shown = await reader.follow(["./baton status"]);
        return /run 2026-02-08-[0-9a-f]{8} +completed/.test(shown) ? shown : undefined;
      });
      expect(await reader.follow([live])).toContain("2026-02-08");
    },
    TIMEOUT_MS,
  );

  it(
    "upgrades to a version that changes files of the example and has new ones",
    async () => {
      const [merge = "", ...removal] = of(9);
      // so like a model of the example that Git would take it for the same file
      await reader.follow(["git show HEAD:dbt/models/silver/stg_rooms.sql > dbt/models/sales/rooms.md"]);
      await reader.change("dbt/models/sales/rooms.md", "");

      await expect(reader.follow([merge])).rejects.toThrow(/CONFLICT .*stg_rooms\.sql deleted in HEAD/);
      await reader.follow(removal);

      expect(await reader.follow(["git status --porcelain"])).toMatch(
        /git status --porcelain\nA {2}shared\/new\.ts\n$/,
      );
      expect(await reader.follow(["./baton dbt compile"])).not.toContain("stg_rooms");
    },
    TIMEOUT_MS,
  );
});
