import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import type { ExpectedTarget } from "../../shared/warehouse/identity/judge-target.ts";

/** What a command needs to work with a deployed environment; `withClients` adds clients of the AWS SDK. */
export interface StageAccess {
  stage: string;
  bus: string;
  bucket: string;
  /** Names of the layers, in the order of the layer table. */
  layers: string[];
  replayFunction: string;
  /** URL of the alerts queue, which retains alerts for 14 days. */
  alertsQueue: string;
  warehouse: WarehouseConfig;
  /** The writer: `<account>/<region>/<stage>`. */
  deployment: string;
  /** Fingerprint of the warehouse that the deployment expects; undefined when none is configured. */
  targetFingerprint: string | undefined;
  /** Options for SDK clients: endpoint, region and credentials. */
  clientOptions: { endpoint?: string; region?: string; credentials?: { accessKeyId: string; secretAccessKey: string } };
}

/** The warehouse that the environment was deployed for. */
export function expectedBy({
  deployment,
  targetFingerprint,
}: Pick<StageAccess, "deployment" | "targetFingerprint">): ExpectedTarget {
  return { deployment, fingerprints: { "the deployment (parameter targetFingerprint)": targetFingerprint } };
}
