import type { Connection } from "mysql2/promise";
import { connectionSocket } from "./connection-socket.ts";

/** Longest wait for the server to close the connection. */
const END_MS = 2_000;

/** Ends a connection, or closes its socket when the server does not answer: it must not keep the process alive. */
export async function endConnection(connection: Connection): Promise<void> {
  const dropped = new Promise<void>((resolve) => {
    setTimeout(() => {
      dropConnection(connection);
      resolve();
    }, END_MS).unref();
  });
  await Promise.race([connection.end().catch(() => undefined), dropped]);
}

/** Closes the socket at once. mysql2 alone would wait for the server to close its side. */
export function dropConnection(connection: Connection): void {
  connection.destroy();
  connectionSocket(connection).destroy();
}
