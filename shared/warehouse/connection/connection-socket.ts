import type { Writable } from "node:stream";
import type { Connection } from "mysql2/promise";

/** The socket of a connection: what paces a large upload, and what is dropped when a server does not answer. */
export function connectionSocket(connection: Connection): Writable {
  // the types leave the stream out; mysql2 itself listens to its "drain" while it sends a file
  return (connection as unknown as { connection: { stream: Writable } }).connection.stream;
}
