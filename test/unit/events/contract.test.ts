import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { detailTypes, jsonSchemaOf } from "../../../events/catalogue.ts";
import { eventIdOf, runIdOf } from "../../../events/ids.ts";
import { InvalidEventError, parseEvent } from "../../../events/parse-event.ts";
import { eventDocs } from "../../../local/write-event-docs.ts";
import { bodyOf, DAY, exampleEvent, RUN, SHA256 } from "../../support/ledger/event-builders.ts";

const root = join(__dirname, "../../..");
const fixtures = join(root, "events/fixtures/v1");

describe("event contract", () => {
  it.each(detailTypes)("parses a %s that it built", (detailType) => {
    const event = exampleEvent(detailType);

    expect(parseEvent(bodyOf(event))).toEqual(event);
  });

  it.each(readdirSync(fixtures))("parses the fixture %s of schema version 1, with every field", (file) => {
    const fixture: unknown = JSON.parse(readFileSync(join(fixtures, file), "utf8"));

    const event = parseEvent(JSON.stringify(fixture));

    expect(fixture).toMatchObject(event);
    expect(event).toEqual(fixture);
  });

  it("has a fixture for every event", () => {
    expect(
      readdirSync(fixtures)
        .map((file) => file.replace(".json", ""))
        .sort(),
    ).toEqual([...detailTypes].sort());
  });

  it.each(detailTypes)("has a JSON Schema that accepts a %s and refuses one without metadata", (detailType) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const validate = ajv.compile(jsonSchemaOf(detailType));
    const { detail } = exampleEvent(detailType);

    expect(validate(detail)).toBe(true);
    expect(validate({ data: detail.data })).toBe(false);
  });

  it("has up-to-date documents (npm run events)", () => {
    for (const [path, content] of eventDocs()) {
      expect({ path, content: readFileSync(join(root, path), "utf8") }).toEqual({ path, content });
    }
  });

  it("ignores unknown fields", () => {
    const event = exampleEvent("LayerCompleted");
    const newer = { ...event, detail: { ...event.detail, data: { ...event.detail.data, costYen: 3 } } };

    expect(parseEvent(JSON.stringify(newer))).toEqual(event);
  });

  it("accepts the request of the schedule, which has no run ID", () => {
    const detail = {
      metadata: { eventId: "d32c5kddcf5bb8c3", schemaVersion: 1, emittedAt: "2026-02-06T22:00:00Z", stage: "prod" },
      data: { requestedBy: "schedule" },
    };

    const event = parseEvent(JSON.stringify({ source: "baton", "detail-type": "PipelineRequested", detail }));

    expect(event.detail).toEqual(detail);
  });

  it.each([
    ["text that is not JSON", "{", /not JSON/],
    ["another source", JSON.stringify({ source: "aws.s3", "detail-type": "x", detail: {} }), /source/],
    ["an unknown event", JSON.stringify({ source: "baton", "detail-type": "LayerDreamt", detail: {} }), /LayerDreamt/],
    [
      "an invalid field, and names it",
      bodyOf(exampleEvent("LayerCompleted")).replace('"durationMs":120000', '"durationMs":-1'),
      /durationMs/,
    ],
    [
      "another schema version",
      bodyOf(exampleEvent("LayerCompleted")).replace('"schemaVersion":1', '"schemaVersion":2'),
      /schemaVersion/,
    ],
  ])("refuses %s", (_, body, message) => {
    expect(() => parseEvent(body)).toThrow(InvalidEventError);
    expect(() => parseEvent(body)).toThrow(message);
  });

  it("throws only InvalidEventError, for any message", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        try {
          parseEvent(body);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidEventError);
        }
      }),
    );
  });
});

describe("event IDs", () => {
  it("are equal for the same fact and differ between facts", () => {
    const names = fc.string({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.tuple(names, names), fc.tuple(names, names), ([type1, layer1], [type2, layer2]) => {
        const same = type1 === type2 && layer1 === layer2;
        expect(eventIdOf(RUN, type1, layer1) === eventIdOf(RUN, type2, layer2)).toBe(same);
      }),
    );
  });

  it("do not change between releases", () => {
    expect(eventIdOf("2026-02-07-1a2b3c4d", "LayerCompleted", "silver")).toBe("132bf1b5-3400-5064-a4a4-8b36ea34825a");
  });
});

describe("run IDs", () => {
  it("consist of the date and the first 8 digits of the dump's sha256, with -rN for a repetition", () => {
    expect(runIdOf(DAY, SHA256)).toBe("2026-02-07-1a2b3c4d");
    expect(runIdOf(DAY, SHA256, 2)).toBe("2026-02-07-1a2b3c4d-r2");
    expect(runIdOf(DAY, undefined)).toBe("2026-02-07-00000000");
  });
});
