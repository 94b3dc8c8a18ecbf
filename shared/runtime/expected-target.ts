import type { BatonEvent } from "../../events/schemas.ts";
import type { FunctionEnvironment } from "../config/function-config.ts";
import type { ExpectedTarget } from "../warehouse/identity/judge-target.ts";

/** The warehouse that a function was deployed for and that its event, if any, names. */
export function expectedTarget(environment: FunctionEnvironment, event?: BatonEvent): ExpectedTarget {
  return {
    deployment: environment.BATON_DEPLOYMENT,
    fingerprints: {
      "the deployment (parameter targetFingerprint)": environment.BATON_TARGET_FINGERPRINT,
      ...(event !== undefined && {
        [`the event ${event["detail-type"]} ${event.detail.metadata.eventId}`]: fingerprintIn(event),
      }),
    },
  };
}

function fingerprintIn(event: BatonEvent): string | undefined {
  const data = event.detail.data;
  return "target" in data ? data.target?.fingerprint : undefined;
}
