import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { contentColumns, digestQuery, type WarehouseDigest } from "./warehouse-rows.ts";

/** Tables that are published together, by layer. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  staging: ["staging"],
  silver: ["seeds", "silver"],
  gold: ["gold"],
};

/** Unexpected content that a reader saw, with time and place. */
export interface Sighting {
  set: string;
  at: string;
  what: string;
}

interface DigestRow extends RowDataPacket {
  name: string;
  digest: string;
}

/** Reads all live tables repeatedly, one set per statement, and compares the content with the known sets. */
export class LiveReader {
  readonly #address: mysql.ConnectionOptions;
  /** The whole content of each allowed set, by name of the set. */
  readonly #known = new Map<string, Set<string>>();
  readonly #queries = new Map<string, string>();
  readonly #troubles: Sighting[] = [];
  /** When each content of a set was first seen. */
  readonly #seen = new Map<string, Map<string, string>>();
  #reads = 0;
  #isReading = false;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(address: mysql.ConnectionOptions) {
    this.#address = address;
  }

  /** Allows the current content of a warehouse: readers may see each of its sets, complete. */
  allow(digest: WarehouseDigest): void {
    for (const [set, schemas] of Object.entries(SETS)) {
      const known = this.#known.get(set) ?? new Set<string>();
      this.#known.set(set, known.add(signature(digest, schemas)));
    }
  }

  /** Starts reading, with one connection per set. All tables of the sets must exist. */
  async start(): Promise<void> {
    const connection = await mysql.createConnection(this.#address);
    for (const [set, schemas] of Object.entries(SETS)) {
      const columns = await contentColumns(connection, schemas);
      this.#queries.set(set, [...columns].map(([table, names]) => digestQuery(table, names)).join(" UNION ALL "));
    }
    await connection.end();
    this.#isReading = true;
    this.#reading = Promise.all([...this.#queries].map(([set, sql]) => this.#read(set, sql)));
  }

  /** Stops. @returns the number of reads, the number of contents of each set, and any unexpected content */
  async stop(): Promise<{ reads: number; contents: Record<string, number>; sightings: Sighting[] }> {
    this.#isReading = false;
    await this.#reading;
    const contents = Object.fromEntries([...this.#seen].map(([set, seen]) => [set, seen.size]));
    return { reads: this.#reads, contents, sightings: this.sightings() };
  }

  /** Unexpected observations so far: failed reads, and content that is not allowed. */
  sightings(): Sighting[] {
    const strange = [...this.#seen].flatMap(([set, seen]) =>
      [...seen]
        .filter(([content]) => this.#known.get(set)?.has(content) !== true)
        .map(([content, at]) => ({ set, at, what: `a set that was never published: ${content}` })),
    );
    return [...this.#troubles, ...strange];
  }

  async #read(set: string, sql: string): Promise<void> {
    let connection: Connection | undefined;
    while (this.#isReading) {
      try {
        connection ??= await this.#connect();
        const [rows] = await connection.query<DigestRow[]>(sql);
        this.#judge(set, rows);
      } catch (error) {
        connection?.destroy();
        connection = undefined;
        // a restarting server answers nobody; any other error is a finding
        if (!isServerGone(error)) this.#note(set, String(error));
      }
    }
    connection?.destroy();
  }

  async #connect(): Promise<Connection> {
    const connection = await mysql.createConnection({ ...this.#address, connectTimeout: 2_000 });
    connection.on("error", () => undefined);
    return connection;
  }

  #judge(set: string, rows: readonly DigestRow[]): void {
    this.#reads += 1;
    const digest = Object.fromEntries(rows.map(({ name, digest: value }) => [name, value]));
    const seen = signature(digest, SETS[set] ?? []);
    const first = this.#seen.get(set) ?? new Map<string, string>();
    this.#seen.set(set, first);
    if (!first.has(seen)) first.set(seen, new Date().toISOString());
  }

  #note(set: string, what: string): void {
    this.#troubles.push({ set, at: new Date().toISOString(), what });
  }
}

/** The content of the tables of some schemas, as one text. */
function signature(digest: WarehouseDigest, schemas: readonly string[]): string {
  return Object.keys(digest)
    .filter((table) => schemas.includes(table.split(".")[0] ?? ""))
    .sort()
    .map((table) => `${table}=${digest[table] ?? ""}`)
    .join(" ");
}

function isServerGone(error: unknown): boolean {
  // Node's socket errors come from another realm than the tests, so `instanceof Error` is false here
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return (
    ["ECONNREFUSED", "ECONNRESET", "EPIPE", "PROTOCOL_CONNECTION_LOST", "ER_SERVER_SHUTDOWN"].includes(code) ||
    // from a statement that was running when the server went down
    /Connection was killed|shutdown in progress/i.test(message)
  );
}
