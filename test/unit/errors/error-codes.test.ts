import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { errorCodes } from "../../../shared/errors/error-codes.ts";
import { judge } from "../../../shared/errors/judge.ts";
import { PermanentError } from "../../../shared/errors/errors.ts";

const CODE = /^[A-Z][A-Z0-9_]{3,}$/;
/** Functions that create an error from a code, which is always their first argument. */
const MAKERS = new Set(["dumpError", "refuse", "fault", "fail", "super"]);
/** Errors that are recognized by their pattern: the output of the child process matters, not these codes. */
const JUDGED_BY_PATTERN = ["CHILD_KILLED", "DBT_FAILED", "DBT_NODES_FAILED", "UNKNOWN"];
/** Codes of the command for incorrect usage, and for errors without a code. */
const WORDS_OF_THE_COMMAND = ["USAGE", "UNEXPECTED"];
const UNLISTED = new Set([...JUDGED_BY_PATTERN, ...WORDS_OF_THE_COMMAND]);

function sourceFiles(): string[] {
  return ["cli", "events", "functions", "local", "shared"].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
}

/** The possible literals of an expression: `"A"`, or `isSo ? "A" : "B"`. */
function literals(node: ts.Node | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isStringLiteral(node)) return CODE.test(node.text) ? [node.text] : [];
  if (ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  return [];
}

function nameOf(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return callee.kind === ts.SyntaxKind.SuperKeyword ? "super" : "";
}

/**
 * Codes that a source file raises: first arguments of errors and of functions that create errors, and values of `code`.
 */
function codesIn(file: string): { code: string; raisedBy: string }[] {
  const found: { code: string; raisedBy: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && nameOf(node.expression).endsWith("Error")) {
      for (const code of literals(node.arguments?.[0])) found.push({ code, raisedBy: nameOf(node.expression) });
    }
    if (ts.isCallExpression(node) && MAKERS.has(nameOf(node.expression))) {
      for (const code of literals(node.arguments[0])) found.push({ code, raisedBy: "" });
    }
    if ((ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) && node.name.getText() === "code") {
      for (const code of literals(node.initializer)) found.push({ code, raisedBy: "" });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));
  return found;
}

describe("error codes", () => {
  const raised = sourceFiles()
    .flatMap(codesIn)
    .filter(({ code }) => !UNLISTED.has(code));

  it("are all listed in shared/errors/error-codes.ts, with meaning and next step", () => {
    const listed = new Set(errorCodes.map(({ code }) => code));

    expect(raised.map(({ code }) => code).filter((code) => !listed.has(code))).toEqual([]);
    for (const { meaning, advice } of errorCodes) expect(Math.min(meaning.length, advice.length)).toBeGreaterThan(10);
  });

  it("are all raised somewhere, and listed once, in alphabetical order", () => {
    const codes = errorCodes.map(({ code }) => code);
    const known = new Set([...raised.map(({ code }) => code), "RECEIVED_TOO_OFTEN"]);

    expect(codes.filter((code) => !known.has(code))).toEqual([]);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a.localeCompare(b, "en")));
  });

  it("are raised as permanent or transient, as listed", () => {
    const retriable = new Map(errorCodes.map(({ code, isRetriable }) => [code, isRetriable]));
    const wrong = raised.filter(
      ({ code, raisedBy }) =>
        (raisedBy === "PermanentError" && retriable.get(code) === true) ||
        (raisedBy === "TransientError" && retriable.get(code) === false),
    );

    expect(wrong).toEqual([]);
  });

  it("provide the advice of an error without its own advice", () => {
    const [first] = errorCodes;

    expect(judge(new PermanentError(first?.code ?? "", "it happened")).error.advice).toBe(first?.advice);
  });
});
