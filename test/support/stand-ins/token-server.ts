import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";

/** Capabilities of the protocol. @see MySQL Source Code Documentation, "Capabilities Flags" */
const SSL = 0x800;
const BASIC = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000;
/** Header and payload of a client's request for TLS. */
const TLS_REQUEST_BYTES = 36;
const CLEARTEXT = "mysql_clear_password";

/** Certificate and key of a server that speaks TLS. */
export interface ServerKeys {
  cert: Buffer;
  key: Buffer;
}

/**
 * Implements the login part of the protocol: requests the password in clear text, as RDS does for tokens, and records
 * it.
 */
export class TokenServer {
  readonly #server: Server;
  readonly #keys: ServerKeys | undefined;
  readonly #sockets = new Set<Socket>();
  /** The client's answer to the password request. */
  readonly passwords: string[] = [];
  /** All bytes that arrived before the connection was encrypted. */
  plain = "";

  /** @param keys without them, the server does not support TLS */
  constructor(keys?: ServerKeys) {
    this.#keys = keys;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      this.#greet(socket);
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port; // a TCP address, because it listens on a port
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #greet(socket: Socket): void {
    // a rejected client breaks the connection
    socket.on("error", () => undefined);
    const capabilities = BASIC | (this.#keys === undefined ? 0 : SSL);
    const flags = Buffer.alloc(4);
    flags.writeUInt32LE(capabilities);
    const greeting = Buffer.concat([
      Buffer.from("\x0a8.0.40\0\x01\0\0\0abcdefgh\0", "latin1"),
      ...[flags.subarray(0, 2), Buffer.from([45, 2, 0]), flags.subarray(2), Buffer.from([21]), Buffer.alloc(10)],
      Buffer.from("ijklmnopqrst\0mysql_native_password\0", "latin1"),
    ]);
    socket.write(packet(0, greeting));
    const keys = this.#keys;
    if (keys === undefined) {
      socket.on("data", (data: Buffer) => (this.plain += data.toString("latin1")));
      socket.once("data", (login: Buffer) => this.#ask(socket, login));
      return;
    }
    // read only this packet in clear text: the bytes after it are TLS, and may arrive together with it
    socket.once("readable", () => {
      const request: unknown = socket.read(TLS_REQUEST_BYTES);
      this.plain += Buffer.isBuffer(request) ? request.toString("latin1") : "";
      const secure = new TLSSocket(socket, { isServer: true, ...keys });
      secure.on("error", () => undefined);
      secure.once("data", (login: Buffer) => this.#ask(secure, login));
    });
  }

  /** Requests the password in clear text, and accepts every login. */
  #ask(socket: Socket, login: Buffer): void {
    const number = login[3] ?? 0;
    socket.write(packet(number + 1, Buffer.from(`\xfe${CLEARTEXT}\0`, "latin1")));
    socket.once("data", (answer: Buffer) => {
      this.passwords.push(answer.subarray(4).toString("latin1").replace(/\0$/, ""));
      socket.write(packet((answer[3] ?? 0) + 1, Buffer.from([0, 0, 0, 2, 0, 0, 0])));
      // this server does not execute statements
      socket.once("data", () => socket.destroy());
    });
  }
}

function packet(number: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = number;
  return Buffer.concat([header, payload]);
}
