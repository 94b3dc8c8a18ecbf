import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A server behind the proxy. */
interface Place {
  host: string;
  port: number;
}

/**
 * Forwards connections to servers. At a chosen message it breaks all of them at once and refuses new ones: to the servers
 * this looks as if the client was killed.
 */
export class CutProxy {
  private readonly servers: Server[];
  private readonly sockets = new Set<Socket>();
  private messagesLeft = Number.POSITIVE_INFINITY;
  private isCut = false;
  /** Messages of clients that were forwarded. */
  messages = 0;

  private constructor(places: readonly Place[]) {
    this.servers = places.map((place) => createServer((client) => this.accept(client, place)));
  }

  /** Starts a proxy in front of servers. */
  static async start(places: readonly Place[]): Promise<CutProxy> {
    const proxy = new CutProxy(places);
    for (const server of proxy.servers) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The ports of the proxy, in the order of the servers. */
  get ports(): number[] {
    return this.servers.map((server) => (server.address() as AddressInfo).port); // listens on TCP, since start()
  }

  /** Breaks all connections when this many more messages of clients have been forwarded. */
  cutAfter(messages: number): void {
    this.messagesLeft = messages;
  }

  /** Accepts connections again. @returns whether they were broken */
  heal(): boolean {
    const wasCut = this.isCut;
    this.messagesLeft = Number.POSITIVE_INFINITY;
    this.isCut = false;
    return wasCut;
  }

  async stop(): Promise<void> {
    this.cut();
    for (const server of this.servers) await new Promise((resolve) => server.close(resolve));
  }

  private accept(client: Socket, place: Place): void {
    if (this.isCut) {
      client.destroy();
      return;
    }
    const server = connect(place);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on("close", () => {
        this.sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
      socket.on("error", () => undefined);
    }
    server.pipe(client);
    client.on("data", (chunk) => {
      server.write(chunk);
      this.messages += 1;
      this.messagesLeft -= 1;
      if (this.messagesLeft <= 0) this.cut();
    });
  }

  private cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }
}
