/** What the name of an RDS endpoint says. */
export interface RdsEndpoint {
  /** AWS account and region: the same in all their endpoints. */
  realm: string;
  /** True for a cluster's reader endpoint. */
  isReader: boolean;
  /** True for a cluster's writer endpoint. */
  isWriter: boolean;
}

const ENDPOINT =
  /^[^.]+\.(?<role>cluster-(?:ro-|custom-)?)?(?<account>[a-z0-9]+)\.(?<region>[a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/i;

/**
 * Parses the name of an RDS or Aurora endpoint; undefined for any other host, such as a tunnel or an alias.
 *
 * @see Aurora User Guide, "Amazon Aurora endpoint connections"
 */
export function rdsEndpointOf(host: string): RdsEndpoint | undefined {
  const groups = ENDPOINT.exec(host)?.groups;
  if (groups === undefined) return undefined;
  const realm = `${groups["account"] ?? ""}.${groups["region"] ?? ""}`.toLowerCase();
  const role = groups["role"]?.toLowerCase();
  return { realm, isReader: role === "cluster-ro-", isWriter: role === "cluster-" };
}
