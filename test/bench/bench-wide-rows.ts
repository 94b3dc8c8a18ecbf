import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { BenchOptions } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { BATON_SCHEMAS, runBaton, runClient, SCHEMAS } from "./contender.ts";

/** The cost of rows with one huge value each. */
export interface WideRows {
  bytes: number;
  rows: number;
  /** Size of each row's value, bytes. */
  rowBytes: number;
  ms: number;
  clientMs: number;
  peakRssBytes: number;
}

const ROW_BYTES = 64 * 1024 * 1024;
const PIECE = 1024 * 1024;
const TABLE = "documents";
/** Each form in which mysqldump writes such a value, twice. */
const FORMS = ["text", "bytes", "hex", "text", "bytes", "hex"] as const;

/** Loads rows of 64 MB, which the server's max_allowed_packet permits, and compares checksums with the client's. */
export async function benchWideRows(server: BenchServer, { signal, say }: BenchOptions): Promise<WideRows> {
  say("single rows of 64 MB");
  const file = join(server.folder, "bench-wide-rows.sql");
  await pipeline(Readable.from(dump(), { objectMode: false }), createWriteStream(file));
  const client = await runClient(server, file, signal);
  await server.clear(BATON_SCHEMAS);
  const run = await runBaton(server, file, signal);
  const [expected, found] = [await server.checksum(SCHEMAS.client, TABLE), await server.checksum(SCHEMAS.baton, TABLE)];
  if (expected !== found) {
    throw new PermanentError("BENCH_ROWS_DIFFER", `checksum of ${TABLE} is ${found}, by the client ${expected}`, {
      kind: "bug",
      advice: "Compare the rows of bench_client and bench_baton.",
    });
  }
  const bytes = [...dump()].reduce((sum, piece) => sum + piece.length, 0);
  await rm(file);
  return {
    bytes,
    rows: FORMS.length,
    rowBytes: ROW_BYTES,
    ms: Math.round(run.ms),
    clientMs: Math.round(client.ms),
    peakRssBytes: run.peakRssBytes ?? 0,
  };
}

/** The dump, in pieces of about 1 MB. */
function* dump(): Generator<Buffer> {
  yield Buffer.from(
    `SET NAMES utf8mb4;\nCREATE TABLE \`${TABLE}\` (\n  \`id\` int NOT NULL,\n  \`body\` longtext,\n` +
      "  `data` longblob,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n",
  );
  for (const [index, form] of FORMS.entries()) {
    yield Buffer.from(`INSERT INTO \`${TABLE}\` VALUES (${index + 1},${form === "text" ? "'" : "NULL,"}`);
    if (form === "bytes") yield Buffer.from("_binary '");
    if (form === "hex") yield Buffer.from("0x");
    for (let done = 0; done < ROW_BYTES; done += PIECE) yield piece(form);
    yield Buffer.from({ text: "',NULL", bytes: "'", hex: "" }[form]);
    yield Buffer.from(");\n");
  }
}

/** Text, bytes and digits that represent 1 MB of a value. */
function piece(form: (typeof FORMS)[number]): Buffer {
  switch (form) {
    case "text":
      return Buffer.from("made of plain letters, 2 of them 4 bytes long: 🏠🏠\\n".repeat(PIECE / 64)).subarray(0);
    case "bytes": {
      const values = Buffer.alloc(PIECE, Buffer.from(Array.from({ length: 256 }, (_, value) => value)));
      return Buffer.from(escapeBytes(values));
    }
    case "hex":
      return Buffer.from("00ff1a275c0a".repeat(PIECE / 6).slice(0, PIECE * 2));
  }
}

/** Escapes like mysql_real_escape_string. */
function escapeBytes(bytes: Buffer): number[] {
  const escapes = new Map([
    [0x00, "0"],
    [0x0a, "n"],
    [0x0d, "r"],
    [0x1a, "Z"],
    [0x22, '"'],
    [0x27, "'"],
    [0x5c, "\\"],
  ]);
  return [...bytes].flatMap((value) => {
    const escaped = escapes.get(value);
    return escaped === undefined ? [value] : [0x5c, escaped.charCodeAt(0)];
  });
}
