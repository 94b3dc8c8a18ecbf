import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The parts of a function's request that a fault can inspect. */
export interface ProxiedRequest {
  method: string;
  path: string;
  /** The service's action, such as `AmazonSQS.ChangeMessageVisibility`; empty for S3. */
  action: string;
}

/** What the proxy does instead of forwarding the answer. */
export type FaultyAnswer =
  | { kind: "answer"; status: number; body: string; headers?: Readonly<Record<string, string>> }
  /** Forwards the answer after this delay. */
  | { kind: "delay"; ms: number }
  /** Forwards this many bytes of the answer's body, then breaks the connection. */
  | { kind: "cut"; afterBytes: number }
  /** Accepts the request and never answers. */
  | { kind: "hang" };

/** A fault for the first `times` requests that `concerns` matches. */
export interface ProxyFault {
  concerns(request: ProxiedRequest): boolean;
  times: number;
  answer: FaultyAnswer;
}

/** A proxy between functions and emulator. It forwards everything except requests with a planted fault. */
export class FaultProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #hidings: { body: string; at: number }[] = [];
  #faults: (ProxyFault & { left: number })[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => this.#take(incoming, outgoing));
    // keep idle connections open, because functions reuse them
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Starts a proxy in front of the emulator. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // listens on TCP, since start()
  }

  /** Whether a function has extended the visibility timeout of its message since a time (ms). */
  hasHiddenMessage(queueName: string, since: number): boolean {
    return this.#hidings.some(({ body, at }) => body.includes(`/${queueName}"`) && at >= since);
  }

  /** Plants faults and removes earlier ones. @returns a function that counts the requests that met each fault */
  plant(...faults: readonly ProxyFault[]): () => number[] {
    const planted = faults.map((fault) => ({ ...fault, left: fault.times }));
    this.#faults = planted;
    return () => planted.map(({ times, left }) => times - left);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const seen: ProxiedRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      action: String(incoming.headers["x-amz-target"] ?? ""),
    };
    if (seen.action === "AmazonSQS.ChangeMessageVisibility") this.#keepHiding(incoming);
    const fault = this.#faults.find((candidate) => candidate.left > 0 && candidate.concerns(seen));
    if (fault !== undefined) fault.left -= 1;
    const answer = fault?.answer;
    switch (answer?.kind) {
      case "hang":
        incoming.resume();
        return;
      case "answer":
        incoming.resume();
        incoming.once("end", () => {
          outgoing.writeHead(answer.status, { "content-type": typeOf(answer.body), ...answer.headers });
          outgoing.end(answer.body);
        });
        return;
      default:
        this.#pass(incoming, outgoing, answer);
    }
  }

  #keepHiding(incoming: IncomingMessage): void {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => this.#hidings.push({ body: Buffer.concat(chunks).toString(), at: Date.now() }));
  }

  #pass(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    fault: Extract<FaultyAnswer, { kind: "delay" | "cut" }> | undefined,
  ): void {
    const upstream = request(
      {
        host: this.#target.hostname,
        port: this.#target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        const send = (): void => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          if (fault?.kind === "cut") cutAfter(answer, outgoing, fault.afterBytes);
          else answer.pipe(outgoing);
        };
        if (fault?.kind === "delay") setTimeout(send, fault.ms);
        else send();
      },
    );
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }
}

function typeOf(body: string): string {
  return body.startsWith("<") ? "application/xml" : "application/x-amz-json-1.1";
}

function cutAfter(answer: IncomingMessage, outgoing: ServerResponse, bytes: number): void {
  let left = bytes;
  answer.on("data", (chunk: Buffer) => {
    outgoing.write(chunk.subarray(0, left), () => {
      if (left <= 0) outgoing.destroy();
    });
    left -= chunk.length;
  });
  answer.on("end", () => outgoing.destroy());
}
