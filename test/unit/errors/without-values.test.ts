import { withoutValues } from "../../../shared/errors/without-values.ts";

describe("withoutValues", () => {
  it.each([
    "Duplicate entry 'SECRET' for key 'PRIMARY'",
    "(1062, \"Duplicate entry 'SE'CRET-1' for key 'tenants.email'\")",
    "1292 (22007): Incorrect date value: 'SECRET' for column `staging_next`.`tenants`.`birth_date` at row 3",
    "Incorrect integer value: 'SECRET' for column 'age' at row 1",
    "1292 (22007): Truncated incorrect DOUBLE value: 'SECRET'",
    "Truncated incorrect datetime value: 'SECRET'\n  compiled code at target/run.sql",
    "Invalid utf8mb4 character string: 'SECRET'",
    "Cannot convert string 'SECRET' from utf8mb4 to latin1",
    "Incorrect DATE value: 'SECRET'",
    "1292 (22007): Truncated incorrect DOUBLE value: 'O'x, SECRET' (1292)",
    "Duplicate entry 'O'x' for key 'y' SECRET' for key 'phone'",
    "Encountered illegal value 'SECRET' when converting to DOUBLE",
    "Illegal double 'SECRET' value found during parsing",
    "BIGINT UNSIGNED value is out of range in 'SECRET'",
  ])("keeps the error and removes the value: %s", (text) => {
    const redacted = withoutValues(text);

    expect(redacted).not.toMatch(/SE'?CRET/);
    expect(redacted).toContain("'…'");
    expect(redacted).toContain(text.slice(-4) === "RET'" ? "" : text.slice(-6));
  });

  it("removes each value of several errors, and keeps the text between them", () => {
    const text =
      "stg_rooms: Truncated incorrect DOUBLE value: 'SECRET'; stg_tenants: Duplicate entry 'SECRET' for key 'a'; " +
      "gone: Unknown column 'room_number' in 'field list'; b: Incorrect integer value: 'SECRET' for column `c` at row 1";

    expect(withoutValues(text)).toBe(text.replaceAll("SECRET", "…"));
    expect(withoutValues("Table has no partition for value 9012345678")).toBe("Table has no partition for value …");
  });

  it("leaves other texts as they are", () => {
    const text = "Unknown column 'rooms.room_number' in 'field list'; table 'staging.rooms' doesn't exist";

    expect(withoutValues(text)).toBe(text);
  });
});
