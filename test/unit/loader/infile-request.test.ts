import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { Readable } from "node:stream";
import { createServer } from "mysql2";
import { LoadSession } from "../../../shared/loader/load/load-session.ts";

/** A packet of the MySQL protocol. */
function packet(sequence: number, content: string): Buffer {
  return Buffer.concat([Buffer.from([content.length, 0, 0, sequence]), Buffer.from(content, "latin1")]);
}
/** The answer to a statement: one row, no warnings. */
const OK = "\0\u0001\0\u0002\0\0\0";
const QUIT = "\u0001";

/** Speaks the protocol after the greeting, and answers LOAD DATA with a request for another file. @returns the content */
function serve(stream: Socket): Buffer[] {
  const contents: Buffer[] = [];
  let waitsForContent = false;
  stream.removeAllListeners("data").on("data", (chunk: Buffer) => {
    const text = chunk.subarray(4).toString("latin1");
    const sequence = (chunk[3] ?? 0) + 1;
    if (waitsForContent) {
      contents.push(chunk);
      const end = chunk.subarray(-4);
      // an empty packet ends the content
      if (end.readUIntLE(0, 3) !== 0) return;
      waitsForContent = false;
      stream.write(packet((end[3] ?? 0) + 1, OK));
    } else if (text === QUIT) stream.end();
    else if (text.includes("LOAD DATA")) {
      waitsForContent = true;
      stream.write(packet(sequence, "\u00fb/etc/passwd"));
    } else stream.write(packet(sequence, OK));
  });
  return contents;
}

/** No real server asks for another file than the statement names. */
describe("a server that asks for a file", () => {
  it("gets the rows of the dump, whatever name it asks for", async () => {
    let contents: Buffer[] = [];
    const greeting = { protocolVersion: 10, serverVersion: "8.4.0", connectionId: 1, statusFlags: 2, characterSet: 63 };
    const server = createServer((connection) => {
      // that the client has closed it
      connection.on("error", () => undefined);
      connection.serverHandshake({ ...greeting, capabilityFlags: 0xffffff });
      // the types do not declare the connection's socket
      contents = serve((connection as unknown as { stream: Socket }).stream);
    });
    server.listen(0);
    // nor the server's own net.Server
    const { _server: net } = server as unknown as { _server: Server };
    if (!net.listening) await once(net, "listening");
    const { port } = net.address() as AddressInfo; // it listens to a port
    const account = { user: "loader", password: "", tls: "disabled", schemaPrefix: "" } as const;
    const session = await LoadSession.open({ host: "127.0.0.1", port, ...account });

    const statement = "LOAD DATA LOCAL INFILE 'rows' INTO TABLE t";
    const result = await session.loadData(
      statement,
      Readable.from([Buffer.from("1\tone\n")]),
      AbortSignal.timeout(10_000),
    );

    expect(result.rows).toBe(1);
    expect(Buffer.concat(contents).subarray(4, -4).toString()).toBe("1\tone\n");
    await session.end();
    net.close();
    await once(net, "close");
  });
});
