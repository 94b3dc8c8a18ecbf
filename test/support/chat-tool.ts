import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { closeServer, listenLocally } from "./local-server.ts";

/** A chat tool that keeps what is posted to it. */
export class ChatTool {
  readonly received: { headers: IncomingHttpHeaders; body: string }[] = [];
  readonly #server: Server;

  /**
   * @param answers status codes of the first answers
   * @param otherwise status code of all answers after them
   */
  constructor(answers: readonly number[] = [], otherwise = 200) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        this.received.push({ headers: request.headers, body });
        response.writeHead(answers[this.received.length - 1] ?? otherwise).end();
      });
    });
  }

  /** @returns its address, without a slash at the end */
  start(): Promise<string> {
    return listenLocally(this.#server);
  }

  stop(): Promise<void> {
    return closeServer(this.#server);
  }
}
