import { parse } from "yaml";

/**
 * Whether `vars` of two dbt_project.yml differ. dbt does not see such a change, and any model may use them.
 *
 * @param base content of the base's dbt_project.yml
 * @param change that of the change
 */
export function haveOtherVars(base: string, change: string): boolean {
  const varsOf = (project: string): string =>
    JSON.stringify((parse(project) as { vars?: unknown } | null)?.vars ?? null);
  return varsOf(base) !== varsOf(change);
}

/**
 * dbt selectors for what a change modifies and all that depends on it; for all models when vars differ.
 *
 * @param select only these of them: dbt selectors, separated by spaces
 */
export function changedModels({
  select = "",
  varsDiffer,
}: {
  select?: string | undefined;
  varsDiffer: boolean;
}): string[] {
  const changed = varsDiffer ? [] : ["state:modified+"];
  const parts = select.split(/\s+/).filter((part) => part !== "");
  return (parts.length > 0 ? parts : ["fqn:*"]).map((part) => [...changed, part].join(","));
}
