import type { Writable } from "node:stream";
import type { Connection } from "mysql2/promise";

/** The socket of a connection: for back-pressure of a large upload, and to close it when a server does not answer. */
export function connectionSocket(connection: Connection): Writable {
  // missing in the types; mysql2 itself listens to its "drain" while it sends a file
  return (connection as unknown as { connection: { stream: Writable } }).connection.stream;
}
