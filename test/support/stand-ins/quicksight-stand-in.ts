import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { closeServer, listenLocally } from "../local-server.ts";

/** A request that QuickSight received. */
export interface QuickSightRequest {
  method: string;
  path: string;
  body: unknown;
}

/** The answers of a data set to requests for its ingestion's status, in order; the last one is repeated. */
export type Answers = Readonly<
  Record<string, readonly { status: string; rows?: number; dropped?: number; error?: string; errorType?: string }[]>
>;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * A stand-in for QuickSight, which no emulator offers. It implements the two REST calls that refresh uses. Like AWS, it
 * rejects requests without a valid Signature Version 4 for the right secret, service and region.
 *
 * @see QuickSight API Reference, CreateIngestion and DescribeIngestion; IAM User Guide, "Create a signed AWS API request"
 */
export class QuickSightStandIn {
  readonly requests: QuickSightRequest[] = [];
  readonly refusals: string[] = [];
  readonly #secret: string | undefined;
  readonly #answers: Answers;
  readonly #server: Server;
  readonly #ingestions = new Map<string, number>();
  /** Answers with this status the given number of times first. */
  outage: { status: number; times: number; errorType?: string } = { status: 500, times: 0 };
  /** By data set: how it refuses to start an ingestion, and how many times. */
  readonly startRefusals = new Map<string, { status: number; errorType: string; message: string; times: number }>();

  /** @param secret of the caller's key; if undefined, only the form of a signature is checked */
  constructor(secret: string | undefined, answers: Answers) {
    this.#secret = secret;
    this.#answers = answers;
    this.#server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const { status, body, errorType } = this.#answer(request, text);
        response.writeHead(status, {
          "content-type": "application/json",
          ...(errorType !== undefined && { "x-amzn-errortype": errorType }),
        });
        response.end(JSON.stringify(body));
      });
    });
  }

  start(): Promise<string> {
    return listenLocally(this.#server);
  }

  /** Records an ingestion as started, `<data set>/<id>`. */
  begin(ingestion: string): void {
    this.#ingestions.set(ingestion, 0);
  }

  stop(): Promise<void> {
    return closeServer(this.#server);
  }

  #answer(request: IncomingMessage, text: string): { status: number; body: object; errorType?: string } {
    const refusal = this.#checkSignature(request, text);
    if (refusal !== undefined) {
      this.refusals.push(refusal);
      return { status: 403, body: { Message: refusal }, errorType: "AccessDeniedException" };
    }
    if (this.outage.times > 0) {
      this.outage.times -= 1;
      return {
        status: this.outage.status,
        body: { Message: "try later" },
        errorType: this.outage.errorType ?? "InternalFailureException",
      };
    }
    const { method = "", url = "" } = request;
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    this.requests.push({ method, path: url, body });
    const [, account, dataSet = "", ingestion = ""] =
      /^\/accounts\/(\d{12})\/data-sets\/([^/]+)\/ingestions\/([\w-]+)$/.exec(url) ?? [];
    if (account === undefined) return { status: 404, body: { Message: url }, errorType: "ResourceNotFoundException" };
    const key = `${dataSet}/${ingestion}`;
    if (method === "PUT") {
      const refused = this.startRefusals.get(dataSet);
      if (refused !== undefined && refused.times > 0) {
        refused.times -= 1;
        return { status: refused.status, body: { Message: refused.message }, errorType: refused.errorType };
      }
      if (this.#ingestions.has(key)) return { status: 409, body: {}, errorType: "ResourceExistsException" };
      this.#ingestions.set(key, 0);
      return { status: 201, body: { IngestionId: ingestion, IngestionStatus: "INITIALIZED", Status: 201 } };
    }
    return this.#describe(key, dataSet, ingestion);
  }

  #describe(key: string, dataSet: string, ingestion: string) {
    const looks = this.#ingestions.get(key);
    if (looks === undefined) return { status: 404, body: {}, errorType: "ResourceNotFoundException" };
    this.#ingestions.set(key, looks + 1);
    const answers = this.#answers[dataSet] ?? [];
    const {
      status = "RUNNING",
      rows,
      dropped = 0,
      error,
      errorType = "SQL_EXCEPTION",
    } = answers[Math.min(looks, answers.length - 1)] ?? {};
    return {
      status: 200,
      body: {
        Ingestion: {
          ...{ Arn: "arn", IngestionId: ingestion, IngestionStatus: status, CreatedTime: 1_770_000_000 },
          ...(rows !== undefined && { RowInfo: { RowsIngested: rows, RowsDropped: dropped } }),
          ...(error !== undefined && { ErrorInfo: { Type: errorType, Message: error } }),
        },
        Status: 200,
      },
    };
  }

  /** @returns the problem with the request's signature; undefined if there is none */
  #checkSignature({ headers, method = "", url = "" }: IncomingMessage, body: string): string | undefined {
    const pattern =
      /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8})\/([\w-]+)\/(\w+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/;
    const [, date = "", region = "", service = "", names = "", signature] =
      pattern.exec(headers.authorization ?? "") ?? [];
    if (signature === undefined) return "not signed by Signature Version 4";
    if (service !== "quicksight") return `signed for ${service}`;
    if (region !== "ap-northeast-1") return `signed for ${region}`;
    const signed = names.split(";");
    for (const needed of ["host", "x-amz-date"]) if (!signed.includes(needed)) return `${needed} is not signed`;
    const headerOf = (name: string): string => String(headers[name] ?? "").trim();
    if (this.#secret === undefined) return undefined;
    const [path = "", query = ""] = url.split("?");
    const canonical = [
      method,
      path.split("/").map(encodeURIComponent).join("/"),
      query,
      ...signed.map((name) => `${name}:${headerOf(name)}`),
      "",
      names,
      sha256(body),
    ].join("\n");
    const scope = `${date}/${region}/${service}/aws4_request`;
    const toSign = ["AWS4-HMAC-SHA256", headerOf("x-amz-date"), scope, sha256(canonical)].join("\n");
    const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${this.#secret}`);
    return hmac(key, toSign).toString("hex") === signature ? undefined : "the signature does not match the request";
  }
}
