/** The newest console page in the bucket. */
export const CONSOLE_KEY = "console/index.html";

/** dbt's documentation in the bucket, one file. */
export const DBT_DOCS_KEY = "console/dbt-docs.html";

/** The page as it was when a run ended. */
export function runPageKey(runId: string): string {
  return `console/runs/${runId}.html`;
}
