import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { deflateSync, inflateSync } from "node:zlib";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { INDEX_TABLE } from "../definitions/own-tables.ts";
import type { DumpIndex } from "../index/dump-index.ts";
import { UnsureTexts } from "../lexer/unsure-texts.ts";
import { ValueTally } from "../lexer/value-tally.ts";
import { isMissing } from "./live-records.ts";
import type { LoadSession } from "./load-session.ts";

/** A dump of 4 GB has an index of less than 1 MB; an index above the limit is built again by each attempt. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Twice as many hexadecimal digits, below the smallest default of `max_allowed_packet`. */
const PIECE_BYTES = 256 * 1024;

/**
 * The index of the dump that is being loaded, in the `next` schema, so that a later attempt continues without reading
 * the whole dump again. One index at most is stored, until its load is complete.
 */
export class IndexRecords {
  private readonly table: string;
  private readonly key: string;
  private isStored = false;

  private constructor(nextSchema: string, key: string) {
    this.table = quoteTable(nextSchema, INDEX_TABLE);
    this.key = key;
  }

  /** @param depends everything that the index depends on besides the code */
  static async open(nextSchema: string, depends: unknown): Promise<IndexRecords> {
    // a bundle is one file; another version of the code may have another form of the index
    const code = typeof __filename === "string" ? await readFile(__filename) : process.version;
    const key = createHash("sha256").update(JSON.stringify(depends)).update(code).digest("hex");
    return new IndexRecords(nextSchema, key);
  }

  /** Returns the stored index; undefined when there is none, or when it is damaged or of another dump. */
  async read(session: LoadSession): Promise<DumpIndex | undefined> {
    try {
      const rows = await session.rows<{ index_key: string; content: Buffer }>(
        `SELECT index_key, content FROM ${this.table} ORDER BY piece`,
      );
      this.isStored = true;
      if (rows.length === 0 || rows.some(({ index_key: key }) => String(key) !== this.key)) return undefined;
      return unpack(Buffer.concat(rows.map(({ content }) => content)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Stores the index in place of an earlier one. */
  async write(session: LoadSession, index: DumpIndex): Promise<void> {
    const bytes = deflateSync(serialize(index));
    if (bytes.length > MAX_BYTES) return;
    await session.run(
      `CREATE TABLE IF NOT EXISTS ${this.table} (
        piece int NOT NULL PRIMARY KEY,
        index_key char(64) CHARACTER SET ascii NOT NULL,
        content mediumblob NOT NULL
      ) ENGINE=InnoDB COMMENT='index of the dump that is being loaded'`,
    );
    this.isStored = true;
    await session.run("START TRANSACTION");
    await session.run(`DELETE FROM ${this.table}`);
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      const piece = bytes.subarray(start, start + PIECE_BYTES).toString("hex");
      await session.run(
        `INSERT INTO ${this.table} (piece, index_key, content) VALUES (${start / PIECE_BYTES}, '${this.key}', X'${piece}')`,
      );
    }
    await session.run("COMMIT");
  }

  /** Removes the index after the load is complete. */
  async remove(session: LoadSession): Promise<void> {
    if (this.isStored) await session.run(`DROP TABLE IF EXISTS ${this.table}`);
    this.isStored = false;
  }
}

function unpack(bytes: Buffer): DumpIndex | undefined {
  let index: DumpIndex;
  try {
    // the checksum of zlib finds damage, and the key shows that this code has written it
    index = deserialize(inflateSync(bytes)) as DumpIndex;
  } catch {
    return undefined;
  }
  // the form keeps fields and identity of objects, but not their classes
  for (const { tally } of index.tables.flatMap(({ shapes }) => shapes)) {
    Object.setPrototypeOf(tally, ValueTally.prototype);
    Object.setPrototypeOf(tally.unsure, UnsureTexts.prototype);
  }
  return index;
}
