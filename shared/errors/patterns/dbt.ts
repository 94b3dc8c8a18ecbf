import type { ErrorPattern } from "../error-pattern.ts";

/** Texts of dbt, for errors without a number of the server. @see dbt documentation, "Debug errors" */
export const dbtPatterns: readonly ErrorPattern[] = [
  {
    name: "dbt-source-missing",
    meaning: "a model refers to a source or model that does not exist",
    kind: "data",
    isRetriable: false,
    texts: [
      /depends on a (node|source|seed|macro) named .* which (was not found|is disabled)/s,
      /\bsource .* was not found\b/,
    ],
    advice: "Correct the reference in the model or add the missing source or model, deploy, then replay.",
  },
  {
    name: "dbt-input-missing",
    meaning: "a table or column that a model reads does not exist",
    kind: "data",
    isRetriable: false,
    texts: [/The data to read is not as the models need it/],
    advice:
      "If the source has removed or renamed it, change dbt/models/sources/staging.yml and the models that read it, and deploy. If it is in " +
      "an earlier layer, build that layer first: ./baton run --from LAYER. Then replay.",
  },
  {
    name: "dbt-compilation",
    meaning: "dbt could not parse the project or compile a model",
    kind: "data",
    isRetriable: false,
    texts: [/\bCompilation Error\b/, /\bParsing Error\b/, /\bDependency Error\b/, /\bContract Error\b/],
    advice: "Correct the file that dbt names in the message, deploy, then replay.",
  },
  {
    name: "dbt-unusable",
    meaning: "dbt cannot start with this command, project or profile",
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
    advice: "Correct BATON_DBT_PYTHON and BATON_DBT_PROJECT; on a local stack run local/bin/setup. Then replay.",
  },
  {
    name: "dbt-database-error",
    meaning: "a model failed in the database; dbt reports no error number",
    kind: "database",
    isRetriable: true,
    texts: [/\bDatabase Error in (model|seed|test|snapshot)\b/, /\bDatabase Error\b/],
    advice: "Baton retries. The message has the text of the database.",
  },
  {
    name: "dbt-crashed",
    meaning: "dbt ended without results; the reason is unknown",
    kind: "bug",
    isRetriable: true,
    exitCodes: [1, 2],
    advice: "Baton retries. The message has the end of dbt's output; the function's log has all of it.",
  },
];
