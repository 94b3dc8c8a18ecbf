import type { ErrorPattern } from "../error-pattern.ts";

/** What dbt says in words where the server has given no number. @see dbt documentation, "Debug errors" */
export const dbtPatterns: readonly ErrorPattern[] = [
  {
    name: "dbt-source-missing",
    meaning: "a model reads a source or model that does not exist",
    kind: "data",
    isRetriable: false,
    texts: [
      /depends on a (node|source|seed|macro) named .* which (was not found|is disabled)/s,
      /\bsource .* was not found\b/,
    ],
    advice: "Repair the reference in the model, or add what it names to the layer before it; deploy, then replay.",
  },
  {
    name: "dbt-compilation",
    meaning: "dbt could not read the project or make SQL of a model",
    kind: "data",
    isRetriable: false,
    texts: [/\bCompilation Error\b/, /\bParsing Error\b/, /\bDependency Error\b/, /\bContract Error\b/],
    advice: "dbt names the file and what is wrong in it: repair it in the project, deploy, then replay.",
  },
  {
    name: "dbt-unusable",
    meaning: "dbt was started in a way, or with a project or profile, that it cannot work with",
    kind: "bug",
    isRetriable: false,
    texts: [
      /\bUsage Error\b/,
      /No such (option|command)/,
      /Could not find profile/,
      /Credentials in profile .* invalid/s,
      /not a dbt project/,
      /No module named/,
      /can't open file .*launcher\.py/,
    ],
    advice: "Check BATON_DBT_PYTHON and BATON_DBT_PROJECT; on one machine run local/bin/setup. Then replay.",
  },
  {
    name: "dbt-database-error",
    meaning: "a model failed in the database, and dbt tells no number of the error",
    kind: "database",
    isRetriable: true,
    texts: [/\bDatabase Error in (model|seed|test|snapshot)\b/, /\bDatabase Error\b/],
    advice: "The message holds what the database said. It is tried again.",
  },
  {
    name: "dbt-crashed",
    meaning: "dbt ended without results and without a reason that is known",
    kind: "bug",
    isRetriable: true,
    exitCodes: [1, 2],
    advice: "The end of dbt's output is in the message, all of it in the function's log. It is tried again.",
  },
];
