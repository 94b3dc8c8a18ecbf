import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkRows, clientName, ratioOf, Runs, type BenchOptions, type LoadBench, type Measure } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { BATON_SCHEMAS, runBaton, runClient, SCHEMAS } from "./contender.ts";

/** What `npm run bench -- tables` prints. */
export interface ManyTables {
  tables: number;
  client: Measure;
  full: Measure & { ratioToClient: number };
  unchanged: Measure & { ratioToClient: number };
  server: Pick<LoadBench["server"], "engine" | "version">;
  repetitions: number;
}

/** Target: how many times faster than the stock client such a dump must be loaded. */
export const MANY_TABLES_BAR = 2;

/** Loads a dump of small tables with the stock client and with Baton, in turn, and compares the rows. */
export async function benchManyTables(
  server: BenchServer,
  tables: number,
  { repeat, signal, say }: BenchOptions,
): Promise<ManyTables> {
  const file = join(server.folder, "bench-many-tables.sql");
  await writeFile(file, dumpOf(tables));
  const [client, full, unchanged] = [new Runs(server), new Runs(server), new Runs(server)];
  for (let turn = 0; turn < repeat; turn += 1) {
    const note = (name: string, { ms }: { ms: number }): void =>
      say(`${turn + 1}/${repeat} ${name} ${(ms / 1_000).toFixed(2)} s`);
    note(clientName(server.database.engine), await client.add(() => runClient(server, file, signal)));
    await server.clear(BATON_SCHEMAS);
    note("baton, full", await full.add(() => runBaton(server, file, signal)));
    await checkRows(server, [SCHEMAS.baton]);
    await server.settle();
    note("baton, unchanged", await unchanged.add(() => runBaton(server, file, signal)));
  }
  const compared = ({ measure }: Runs): Measure & { ratioToClient: number } => ({
    ...measure,
    ratioToClient: ratioOf(client.measure, measure),
  });
  return {
    tables,
    client: client.measure,
    full: compared(full),
    unchanged: compared(unchanged),
    server: { engine: server.database.engine, version: await server.version() },
    repetitions: repeat,
  };
}

/** Tables of five rows, in the form that mysqldump writes by default. */
function dumpOf(tables: number): string {
  const rows = Array.from(
    { length: 5 },
    (_, row) => `(${row + 1},'name ${row}','2026-02-0${row + 1} 10:00:00',${row}.50,NULL)`,
  );
  const parts = Array.from({ length: tables }, (_, number) => {
    const name = `\`part_${number}\``;
    return `DROP TABLE IF EXISTS ${name};
CREATE TABLE ${name} (
  \`id\` int NOT NULL AUTO_INCREMENT,
  \`name\` varchar(100) NOT NULL,
  \`made_at\` datetime NOT NULL,
  \`amount\` decimal(10,2) DEFAULT NULL,
  \`note\` text,
  PRIMARY KEY (\`id\`),
  KEY \`by_name\` (\`name\`)
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4;
LOCK TABLES ${name} WRITE;
/*!40000 ALTER TABLE ${name} DISABLE KEYS */;
INSERT INTO ${name} VALUES ${rows.join(",")};
/*!40000 ALTER TABLE ${name} ENABLE KEYS */;
UNLOCK TABLES;
`;
  });
  return `-- MySQL dump 10.13  Distrib 9.7.0, for Linux (x86_64)
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
${parts.join("")}/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
-- Dump completed on 2026-02-07 10:00:00
`;
}
