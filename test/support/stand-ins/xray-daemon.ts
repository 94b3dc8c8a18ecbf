import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { z } from "zod";
import { waitFor } from "../wait-for.ts";

/** A subsegment in the form that the daemon receives. @see AWS X-Ray Developer Guide, "Segment documents" */
const subsegmentSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  parent_id: z.string().regex(/^[0-9a-f]{16}$/),
  trace_id: z.string(),
  type: z.literal("subsegment"),
  name: z.string().max(200),
  start_time: z.number(),
  end_time: z.number(),
  error: z.boolean().optional(),
  fault: z.boolean().optional(),
  annotations: z.record(z.string().regex(/^\w+$/), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type SentSubsegment = z.infer<typeof subsegmentSchema>;

const HEADER = '{"format":"json","version":1}\n';

/** Receives what a function sends to the X-Ray daemon: one subsegment per datagram. */
export class XRayDaemon {
  readonly #socket: Socket = createSocket("udp4");
  readonly received: string[] = [];

  /** @returns its address, for AWS_XRAY_DAEMON_ADDRESS */
  async start(): Promise<string> {
    this.#socket.on("message", (datagram) => this.received.push(datagram.toString()));
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  /** The subsegments received, once there are this many. */
  async subsegments(count: number): Promise<SentSubsegment[]> {
    await waitFor(`${count} datagrams`, () => this.received.length >= count, { timeoutMs: 10_000 });
    return this.received.map((text) => {
      if (!text.startsWith(HEADER)) throw new Error(`not the daemon's protocol: ${text.slice(0, 40)}`);
      return subsegmentSchema.parse(JSON.parse(text.slice(HEADER.length)));
    });
  }
}
