import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { closeServer, listenLocally } from "../local-server.ts";

/** The HTTP answer of a chat tool; `never` leaves the caller waiting. */
export type ChatAnswer = number | { status: number; headers?: Record<string, string>; body?: string } | "never";

/** A stand-in for a chat tool. It records what is posted to it. */
export class ChatTool {
  readonly received: { headers: IncomingHttpHeaders; body: string }[] = [];
  readonly #server: Server;

  /**
   * @param answers the first answers
   * @param otherwise every answer after those
   */
  constructor(answers: readonly ChatAnswer[] = [], otherwise: ChatAnswer = 200) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        this.received.push({ headers: request.headers, body });
        const answer = answers[this.received.length - 1] ?? otherwise;
        if (answer === "never") return;
        const { status, headers = {}, body: text } = answerOf(answer);
        response.writeHead(status, headers).end(text);
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

function answerOf(answer: Exclude<ChatAnswer, "never">): Extract<ChatAnswer, object> {
  return typeof answer === "number" ? { status: answer } : answer;
}
