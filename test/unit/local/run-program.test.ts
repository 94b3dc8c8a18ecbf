import { runProgram } from "../../../local/run-program.ts";

describe("the error of a program that fails", () => {
  it("quotes the last lines of its output", async () => {
    const script = 'for n in $(seq 30); do echo "line $n"; done; echo "no such table" >&2; exit 3';

    const failed = runProgram("bash", ["-c", script]);

    await expect(failed).rejects.toMatchObject({
      code: "PROGRAM_FAILED",
      message: expect.stringMatching(/^bash failed\. The end of its output:\nline 13\n[^]*line 30\n\nno such table$/) as string,
    });
  }); // prettier-ignore

  it("says why it could not start", async () => {
    await expect(runProgram("/nowhere/mariadbd", [])).rejects.toMatchObject({
      message: expect.stringMatching(/^mariadbd failed[^]*\/nowhere\/mariadbd ENOENT/) as string,
    });
  });
});
