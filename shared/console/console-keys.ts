/** The newest console page in the bucket. */
export const CONSOLE_KEY = "console/index.html";

/** The dbt docs in the bucket, one file. */
export const DBT_DOCS_KEY = "console/dbt-docs.html";

/** A copy of the page as of the end of a run. */
export function runPageKey(runId: string): string {
  return `console/runs/${runId}.html`;
}
