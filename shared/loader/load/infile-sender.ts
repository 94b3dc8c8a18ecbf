import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import type { Connection } from "mysql2/promise";
import { connectionSocket } from "../../warehouse/connection/connection-socket.ts";

/** The internal part of mysql2's connection that the types do not declare. */
interface PacketWriter {
  /** Writes header and content with the next sequence number of the protocol. */
  writePacket(packet: { buffer: Buffer; length(): number; writeHeader(sequenceId: number): void }): void;
}

const HEADER_BYTES = 4;
/** Larger than the buffer of a socket, so that a packet is sent completely when the socket drains. */
const PACKET_BYTES = 256 * 1024;

/**
 * Sends the content of LOAD DATA LOCAL from two alternating buffers. mysql2 itself allocates two buffers for every
 * piece of the dump; collecting these as garbage took a third of the loader's processor time.
 */
export class InfileSender {
  private readonly writer: PacketWriter;
  private readonly socket: Writable;
  private buffers: [Buffer, Buffer] | undefined;

  constructor(connection: Connection) {
    // mysql2's version is pinned, and the tests load through this path
    this.writer = (connection as unknown as { connection: PacketWriter }).connection;
    this.socket = connectionSocket(connection);
  }

  /**
   * Starts to send when it is called; mysql2 calls it when the server requests the content.
   *
   * @param rows chunks, each used completely before the next one is requested
   * @param signal ends the wait for a server that reads no more data
   * @returns an empty stream that ends when all data is sent
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

  /** Writes a packet after the previous one was sent. */
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
