import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import type { Connection } from "mysql2/promise";
import { connectionSocket } from "../../warehouse/connection/connection-socket.ts";

/** What is used of mysql2's connection beyond its types. */
interface PacketWriter {
  /** Writes header and content with the protocol's next number. */
  writePacket(packet: { buffer: Buffer; length(): number; writeHeader(sequenceId: number): void }): void;
}

const HEADER_BYTES = 4;
/** More than a socket holds before it asks to wait, so that a packet is out when it has drained. */
const PACKET_BYTES = 256 * 1024;

/**
 * Sends the content of LOAD DATA LOCAL, as the server asks for it, from two buffers that are used in turn. mysql2 on
 * its own makes two buffers for every piece, at the pace of the dump: clearing these up took a third of the loader's
 * processor time.
 */
export class InfileSender {
  private readonly writer: PacketWriter;
  private readonly socket: Writable;
  private buffers: [Buffer, Buffer] | undefined;

  constructor(connection: Connection) {
    // mysql2's version is pinned, and every load in the tests goes this way
    this.writer = (connection as unknown as { connection: PacketWriter }).connection;
    this.socket = connectionSocket(connection);
  }

  /**
   * Starts to send when it is called, which mysql2 does when the server wants the content.
   *
   * @param rows chunks that are used before the next one is asked for
   * @param signal ends the wait for a server that takes no more
   * @returns a stream that holds nothing and ends when all is sent
   */
  start(rows: AsyncIterable<Buffer>, signal: AbortSignal): Readable {
    const stream = new Readable({ read: () => undefined });
    this.send(rows, signal).then(
      () => stream.push(null),
      (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    return stream;
  }

  private async send(rows: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
    this.buffers ??= [Buffer.allocUnsafe(HEADER_BYTES + PACKET_BYTES), Buffer.allocUnsafe(HEADER_BYTES + PACKET_BYTES)];
    let [buffer, other] = this.buffers;
    let size = HEADER_BYTES;
    for await (const chunk of rows) {
      let taken = 0;
      while (taken < chunk.length) {
        const count = chunk.copy(buffer, size, taken);
        taken += count;
        size += count;
        if (size < buffer.length) continue;
        await this.write(buffer, signal);
        [buffer, other] = [other, buffer];
        size = HEADER_BYTES;
      }
    }
    if (size > HEADER_BYTES) await this.write(buffer.subarray(0, size), signal);
  }

  /** Writes a packet when the one before is out. */
  private async write(buffer: Buffer, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.socket.writableNeedDrain) await once(this.socket, "drain", { signal });
    this.writer.writePacket({
      buffer,
      length: () => buffer.length,
      writeHeader(sequenceId) {
        buffer.writeUIntLE(buffer.length - HEADER_BYTES, 0, 3);
        buffer.writeUInt8(sequenceId, 3);
      },
    });
  }
}
