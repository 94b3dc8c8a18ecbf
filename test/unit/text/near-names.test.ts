import { nearNames } from "../../../shared/text/near-names.ts";

const NAMES = ["unique_stg_rooms_room_id", "known_codes_tenants_status", "rooms_are_fresh", "rooms"];

describe("names that may have been meant", () => {
  it.each([
    ["rooms", ["unique_stg_rooms_room_id", "rooms_are_fresh", "rooms"]],
    ["known_code_tenant_status", ["known_codes_tenants_status"]],
    ["Romms_are_fresh", ["rooms_are_fresh"]],
    ["payments", []],
  ])("of %s are %j", (typed, near) => {
    expect(nearNames(typed, NAMES)).toEqual(near);
  });
});
