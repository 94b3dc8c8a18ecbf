import type { Socket } from "node:net";
import type { Connection } from "mysql2/promise";
import { connectionSocket } from "../warehouse/connection/connection-socket.ts";
import { CHUNK_BYTES, RowEncoder, type RowPacket } from "./row-encoder.ts";

/** The part of mysql2's query that the types do not declare. */
interface RawQuery {
  /** Reads a row; mysql2 sets it when the columns are known. */
  _rowParser: { next(packet: RowPacket): void };
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "end", listener: () => void): void;
}

/** Chunks that may wait for the reader. */
const MAX_WAITING = 4;

/** The rows of a SELECT as lines for LOAD DATA. */
export class RowReader {
  private readonly waiting: Buffer[] = [];
  private readonly free: Buffer[] = [];
  private readonly encoder: RowEncoder;
  private readonly socket: Socket;
  private state: { is: "open" } | { is: "ended" } | { is: "failed"; error: Error } = { is: "open" };
  private isDiscarded = false;
  private wake: () => void = () => undefined;

  /** Starts the query. The connection cannot be used for others before all rows are read. */
  constructor(connection: Connection, sql: string) {
    // the server is read no faster than the rows are used
    this.socket = connectionSocket(connection) as Socket;
    this.encoder = new RowEncoder((chunk) => this.add(chunk));
    // mysql2's version is pinned, and the tests copy through this path
    const core = connection as unknown as { connection: { query(options: { sql: string }): RawQuery } };
    const query = core.connection.query({ sql });
    // mysql2 would make an object of every row, which takes several times as long as copying its bytes
    Object.defineProperty(query, "_rowParser", { get: () => this.encoder, set: () => undefined });
    query.on("error", (error) => this.finish({ is: "failed", error }));
    query.on("end", () => {
      this.encoder.end();
      this.finish({ is: "ended" });
    });
  }

  /** Rows read so far. */
  get rows(): number {
    return this.encoder.rows;
  }

  /** Why the source ended the query before its last row; undefined if it did not. */
  get failure(): Error | undefined {
    return this.state.is === "failed" ? this.state.error : undefined;
  }

  private add(chunk: Buffer): Buffer {
    if (this.isDiscarded) return Buffer.from(chunk.buffer, chunk.byteOffset, CHUNK_BYTES);
    this.waiting.push(chunk);
    if (this.waiting.length >= MAX_WAITING) this.socket.pause();
    this.wake();
    return this.free.pop() ?? Buffer.allocUnsafe(CHUNK_BYTES);
  }

  private finish(state: typeof this.state): void {
    if (this.state.is === "open") this.state = state;
    this.wake();
  }

  /** Each chunk must be used completely before the next one is requested. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const chunk = this.waiting.shift();
        if (chunk !== undefined) {
          yield chunk;
          this.free.push(Buffer.from(chunk.buffer, chunk.byteOffset, CHUNK_BYTES));
          if (this.waiting.length < MAX_WAITING) this.socket.resume();
        } else if (this.state.is === "failed") throw this.state.error;
        else if (this.state.is === "ended") return;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      // a reader that stops early discards the rest
      this.isDiscarded = true;
      this.socket.resume();
    }
  }
}
