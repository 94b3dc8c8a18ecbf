import { stripVTControlCharacters } from "node:util";
import { renderChecks } from "../../../cli/output/print-checks.ts";
import type { Check } from "../../../cli/doctor/check.ts";

const FOUND = "baton-prod-gold hides a message for 60 s, but its function may take 900 s";
const FIX = "aws sqs set-queue-attributes --queue-url https://sqs.example/1/baton-prod-gold --attributes V=900";
const CHECKS: Check[] = [
  { name: "rules", state: "ok", found: "10 rules", fix: null },
  { name: "visibility", state: "failed", found: FOUND, fix: FIX },
];

describe("the doctor's checks on a terminal", () => {
  it("wrap at the terminal's width and keep their indentation; commands are never wrapped", () => {
    const lines = stripVTControlCharacters(renderChecks(CHECKS, 80)).split("\n");

    expect(lines).toEqual([
      "ok       rules       10 rules",
      "failed   visibility  baton-prod-gold hides a message for 60 s, but its function",
      "                     may take 900 s",
      `                     fix: ${FIX}`,
      "",
      "1 ok, 0 warnings, 1 failed",
    ]);
  });

  it("are not wrapped without a terminal", () => {
    expect(stripVTControlCharacters(renderChecks(CHECKS, undefined)).split("\n")).toContain(
      `failed   visibility  ${FOUND}`,
    );
  });
});
