import { brokenDumps } from "./broken-dumps.ts";
import { characterSets } from "./character-sets.ts";
import type { CorpusCase } from "./corpus-case.ts";
import { definitions } from "./definitions.ts";
import { dumpPrograms } from "./dump-programs.ts";
import { files } from "./files.ts";
import { forbiddenStatements } from "./forbidden-statements.ts";
import { statementForms } from "./statement-forms.ts";

/** All dumps of the corpus, by group. docs/dumps.md names them. */
export const corpus: Readonly<Record<string, readonly CorpusCase[]>> = {
  "forms of statements": statementForms,
  definitions,
  "character sets": characterSets,
  "programs that write dumps": dumpPrograms,
  "dumps in files": files,
  "what must never run": forbiddenStatements,
  "what is broken": brokenDumps,
};
