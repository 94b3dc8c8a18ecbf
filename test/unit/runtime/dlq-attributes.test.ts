import fc from "fast-check";
import { dlqAttributes } from "../../../shared/runtime/message.ts";

/** @see SQS API Reference, SendMessage: the characters that a message may contain */
const ALLOWED = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;

describe("the attributes of a DLQ message", () => {
  it("are texts that SQS accepts, whatever run, code and error are: no half of a surrogate pair, none empty", () => {
    const character = fc.constantFrom("a", "契", "\u{1f600}", "\ud83d", "\ude00", "\0", "\ufffe");
    const text = fc.oneof(fc.string({ unit: character, maxLength: 20 }), fc.string({ unit: "binary" }));
    // the cut falls on each half of a pair
    const long = fc.nat(2).map((shift) => "a".repeat(998 + shift) + "\u{1f600}".repeat(3));

    fc.assert(
      fc.property(text, text, fc.oneof(text, long), (runId, code, message) => {
        const error = { kind: "input" as const, code, message, retriable: false };
        const attributes = dlqAttributes({ runId, layer: "silver", error }, new Date());

        for (const { StringValue = "" } of Object.values(attributes)) expect(StringValue).toMatch(ALLOWED);
        expect(attributes["message"]?.StringValue?.length).toBeLessThanOrEqual(1_000);
        if (message.startsWith("a".repeat(998)))
          expect(attributes["message"]?.StringValue).toMatch(/^a{998,1000}\u{1f600}?$/u);
      }),
    );
  });
});
