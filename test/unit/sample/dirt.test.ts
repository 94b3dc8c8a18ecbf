import { typedNationalities } from "../../../local/sample/words/nationalities.ts";
import { generateSample } from "../../../local/sample/sample.ts";

const sample = generateSample({ sizeBytes: 40_000_000, seed: 7, date: "2026-02-07" });
const tenants = [...sample.tenants()];
const movings = [...sample.movings()];
const apartments = [...sample.apartments()];

const tenantIds = new Set(tenants.map(({ id }) => id));
const roomBuildings = new Map([...sample.rooms()].map((room) => [room.id, room.apartment_id]));
const movingIds = new Set(movings.map(({ id }) => id));

function* cellsOf(table: string): Generator<unknown> {
  const content = sample.contents.find((candidate) => candidate.table.name === table);
  for (const row of content?.rows() ?? []) yield* row;
}

/** Known defects in the source's data, each with a row that shows it. */
const dirt: [string, () => boolean][] = [
  ["the word NULL in a text", () => tenants.some(({ nationality }) => nationality === "NULL")],
  ["the word null in lower case", () => tenants.some(({ affiliation }) => affiliation === "null")],
  ["two dashes for a missing value", () => tenants.some(({ first_name }) => first_name === "--")],
  ["the column's default, the word NULL, as a name", () => tenants.some(({ full_name }) => full_name === "NULL")],
  [
    "an ideographic space after a text",
    () => tenants.some(({ nationality }) => nationality?.endsWith("\u3000") === true),
  ],
  ["zero dates", () => movings.some(({ movein_date }) => movein_date === "0000-00-00")],
  ["zero days", () => movings.some(({ movein_date }) => /-\d\d-00$/.test(movein_date ?? ""))],
  ["zero signing times", () => movings.some((row) => row.movein_decided_date === "0000-00-00 00:00:00")],
  ["dates of 2302", () => movings.some(({ expiration_date }) => expiration_date === "2302-01-28")],
  ["deadlines of 2200", () => tenants.some((row) => row.renewal_deadline_date === "2200-01-01")],
  ["births in the future", () => tenants.some(({ birth_date }) => (birth_date ?? "") > "2026-02-07")],
  ["births before 1900-01-02", () => tenants.some(({ birth_date }) => birth_date === "1900-01-01")],
  ["impossible ages", () => tenants.some(({ age }) => age === 999)],
  [
    "move-outs before move-ins",
    () =>
      movings.some(
        (row) =>
          row.is_moveout === 1 &&
          (row.moveout_plans_date ?? "9") < (row.movein_date ?? "") &&
          row.moveout_plans_date?.startsWith("2") === true,
      ),
  ],
  ["movings without a tenant", () => movings.some((row) => !tenantIds.has(row.tenant_id))],
  [
    "movings whose room is in another building",
    () => movings.some((row) => roomBuildings.has(row.room_id) && roomBuildings.get(row.room_id) !== row.apartment_id),
  ],
  [
    "tenants whose moving does not exist yet",
    () => tenants.some((row) => row.status === 5 && row.moving_id !== null && !movingIds.has(row.moving_id)),
  ],
  ["cancelled movings", () => movings.some(({ cancel_flag }) => cancel_flag === 1)],
  ["movings without cancel flag", () => movings.some(({ cancel_flag }) => cancel_flag === null)],
  ["future move-ins", () => movings.some(({ movein_date }) => (movein_date ?? "") > "2026-02-07")],
  ["agreement types outside the list", () => movings.some((row) => (row.moving_agreement_type ?? 0) > 9)],
  ["movings never updated", () => movings.some(({ updated_at }) => updated_at === null)],
  ["identity types with spaces", () => tenants.some((row) => row.personal_identity === " 8")],
  [
    "identity types that are too long for a number",
    () => tenants.some((row) => (row.personal_identity ?? "").length > 9),
  ],
  ["identity types as words", () => tenants.some((row) => row.personal_identity === "パスポート")],
  [
    "nationalities typed by hand",
    () => tenants.some((row) => row.m_nationality_id === 0 && typedNationalities.includes(row.nationality ?? "")),
  ],
  ["buildings without coordinates", () => apartments.some(({ latitude }) => latitude === null)],
  ["buildings at 0, 0", () => apartments.some(({ latitude }) => latitude === "0.000000")],
  ["buildings with swapped coordinates", () => apartments.some(({ latitude }) => latitude === "99.999999")],
  [
    "buildings on the corner of the accepted box",
    () => apartments.some((row) => row.latitude === "35.000000" && row.longitude === "139.000000"),
  ],
  ["test records of staff", () => tenants.some(({ last_name }) => last_name === "テスト")],
  [
    "names with four-byte characters",
    () => tenants.some(({ full_name }) => /[\u{10000}-\u{10ffff}]/u.test(full_name ?? "")),
  ],
  ["names in Hangul", () => tenants.some(({ full_name }) => /\p{Script=Hangul}/u.test(full_name ?? ""))],
  ["names in Burmese script", () => tenants.some(({ full_name }) => /\p{Script=Myanmar}/u.test(full_name ?? ""))],
  ["payments of 2203", () => [...cellsOf("payments")].includes("2203-12-01")],
  ["balances of 5300", () => [...cellsOf("cleared_balances")].includes("5300-11-12")],
];

const texts = [...cellsOf("tenants")].filter((cell) => typeof cell === "string");

describe("a sample of 40 MB", () => {
  it.each(dirt)("has %s", (_what, isThere) => {
    expect(isThere()).toBe(true);
  });

  it.each([";", "--", "'", '"', "\\", "\n", "\r", "\0", "\x1a", "🏠"])("has %j in free text", (character) => {
    expect(texts.some((text) => text.includes(character))).toBe(true);
  });
});
