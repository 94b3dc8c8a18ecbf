import type { FaultyAnswer, ProxiedRequest, ProxyFault } from "../../support/faults/fault-proxy.ts";
import type { Fault } from "./fault.ts";

/** An SDK client tries a call three times before it gives up. */
const TRIES = 3;

const isObject = ({ method, path }: ProxiedRequest): boolean => method === "GET" && path.includes("/dumps/");
const isHiding = ({ action }: ProxiedRequest): boolean => action === "AmazonSQS.ChangeMessageVisibility";
const isPutEvents = ({ action }: ProxiedRequest): boolean => action.endsWith(".PutEvents");

/** An error in the format of S3. */
function s3Error(status: number, code: string, message: string): FaultyAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { kind: "answer", status, body };
}

/** An error in the format of EventBridge and SQS. */
function jsonError(status: number, type: string, message: string): FaultyAnswer {
  return { kind: "answer", status, body: JSON.stringify({ __type: type, message }) };
}

function planted(name: string, layer: string, fault: ProxyFault, leaves?: readonly string[]): Fault {
  return {
    name,
    layer,
    ...(leaves !== undefined && { leaves }),
    prepare(stack) {
      const met = stack.proxy.plant(fault);
      return Promise.resolve(() => {
        const count = met()[0] ?? 0;
        stack.proxy.plant();
        return count > 0 ? Promise.resolve() : Promise.reject(new Error(`no request met the fault "${name}"`));
      });
    },
  };
}

/** More failures than a download can resume from, even if each call is tried three times. */
const MANY = 30;
/** The same for calls that the client does not retry. */
const SOME = 8;

export const awsFaults: readonly Fault[] = [
  planted("S3 answers 503 SlowDown", "staging", {
    concerns: isObject,
    times: TRIES * 2,
    answer: s3Error(503, "SlowDown", "Please reduce your request rate."),
  }),
  planted(
    "S3 answers 503 SlowDown for long",
    "staging",
    { concerns: isObject, times: MANY, answer: s3Error(503, "SlowDown", "Please reduce your request rate.") },
    ["aws-throttled"],
  ),
  planted("S3 truncates bodies", "staging", {
    concerns: isObject,
    times: 4,
    answer: { kind: "cut", afterBytes: 100_000 },
  }),
  planted("S3 answers late", "staging", { concerns: isObject, times: 5, answer: { kind: "delay", ms: 1_500 } }),
  planted("S3 stops answering in the middle", "staging", { concerns: isObject, times: 1, answer: { kind: "hang" } }),
  planted(
    "expired credentials",
    "staging",
    { concerns: isObject, times: SOME, answer: s3Error(400, "ExpiredToken", "The provided token has expired.") },
    ["credentials-expired"],
  ),
  planted(
    "clock skew",
    "staging",
    {
      concerns: isObject,
      times: SOME,
      answer: s3Error(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the time is too large.",
      ),
    },
    ["clock-skew"],
  ),
  planted("EventBridge answers 503", "silver", {
    concerns: isPutEvents,
    times: TRIES * 2,
    answer: jsonError(503, "ServiceUnavailableException", "try again"),
  }),
  planted(
    "EventBridge rejects all entries and answers 200",
    "staging",
    {
      concerns: isPutEvents,
      times: 3,
      answer: {
        kind: "answer",
        status: 200,
        body: JSON.stringify({
          FailedEntryCount: 1,
          Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "try again" }],
        }),
      },
    },
    ["EVENTS_NOT_ACCEPTED"],
  ),
  planted("EventBridge does not answer", "staging", { concerns: isPutEvents, times: 1, answer: { kind: "hang" } }),
  planted("SQS answers 503 to a visibility extension", "silver", {
    concerns: isHiding,
    times: TRIES * 2,
    answer: jsonError(503, "ServiceUnavailable", "try again"),
  }),
  planted("SQS does not answer", "silver", { concerns: isHiding, times: 2, answer: { kind: "hang" } }),
];
