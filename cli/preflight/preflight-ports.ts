import type { Aws } from "./aws.ts";
import type { PackagedTemplate } from "./template.ts";

/** What the checks use. */
export interface PreflightPorts {
  stage: string;
  aws: Aws;
  template: PackagedTemplate;
  /** Account and region of the credentials. */
  account: string;
  region: string;
}

/** Resources of one type. */
export function propertiesOf({ resources }: PackagedTemplate, type: string): Record<string, unknown>[] {
  return resources.flatMap((resource) => (resource.type === type ? [resource.properties] : []));
}
