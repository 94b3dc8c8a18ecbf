import { printAnswer } from "../../../cli/output/print-answer.ts";
import { printError } from "../../../cli/output/print-error.ts";
import { PermanentError } from "../../../shared/errors/errors.ts";
import { terminalText, visibleText } from "../../../shared/text/visible-text.ts";

const HOSTILE = "a\u001b]0;title\u0007\u009b2J\r\u202eb";

describe("texts from outside", () => {
  it("have C0, C1 and bidirectional control characters escaped", () => {
    expect(visibleText("\u0000\u001b\u007f\u0080\u009f\u202e\t\n東")).toBe(
      String.raw`\u0000\u001b\u007f\u0080\u009f\u202e` + "\t\n東",
    );
  });

  it("keep terminal colours, and no other escape sequence", () => {
    expect(terminalText(`\u001b[31mred\u001b[39m ${HOSTILE}`)).toBe(
      `\u001b[31mred\u001b[39m ${String.raw`a\u001b]0;title\u0007\u009b2J\u000d\u202eb`}`,
    );
  });

  it("never reach a terminal raw, in a result or an error, and are equal JSON", () => {
    const written: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, "write").mockImplementation((text) => written.push(String(text)) > 0),
    );

    printAnswer(false, {}, () => HOSTILE);
    printAnswer(true, { text: HOSTILE }, () => "");
    printError(new PermanentError("DUMP_SYNTAX", HOSTILE, { advice: HOSTILE }), { json: true, stage: "local" });
    for (const spy of spies) spy.mockRestore();

    const unseen = [...written.map((text) => text.replaceAll(/\p{Cc}\[\d+m/gu, "")).join("")].filter(
      (c) => c !== "\n" && c !== visibleText(c),
    );
    expect(unseen).toEqual([]);
    expect(written.join("")).not.toContain("\r");
    expect(JSON.parse(written[1] ?? "")).toEqual({ text: HOSTILE });
  });
});
