import { runIdOf } from "../../events/ids.ts";
import type { EventOf } from "../../events/schemas.ts";
import { defineLayer, requested, type LayerContext, type LayerOutcome } from "../../shared/runtime/layer-definition.ts";
import { eventWithoutRun } from "../../shared/runtime/identity-of.ts";
import type { RunIdentity } from "../../shared/ledger/claims/claim.ts";
import { dateOfManifestKey } from "../../shared/config/source.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { judge } from "../../shared/errors/judge.ts";
import { metrics } from "../../shared/observability/observability.ts";
import { archiveDump, quarantineDump } from "./archive.ts";
import { completeRerun } from "./complete-rerun.ts";
import { businessDateOf, findDump, type FoundDump } from "./find-dump.ts";
import { passGate } from "./gate.ts";
import { isRefusalOfDump, loadStaging } from "./load-staging.ts";
import { newestChangesOf } from "./manifest.ts";

type Request = EventOf<"PipelineRequested">;
type Context = LayerContext<"PipelineRequested">;

/** Loads the day's dump: gate, strict load into `staging_next`, checks, publication of all tables, archive. */
export const staging = defineLayer({
  name: "staging",
  listensTo: requested(),
  reasonToIgnore,
  complete: completeRerun,
  identify,
  run,
});

/** The rule for manifests cannot match digits, so it also matches other keys. */
function reasonToIgnore({ detail: { data } }: Request): string | undefined {
  if (data.requestedBy !== "manifest" || dateOfManifestKey(data.manifestKey) !== undefined) return undefined;
  return `${data.manifestKey ?? ""} is not the key of a manifest`;
}

/** The run of a request: the given run ID (of a forced run), or the one of business date and dump. */
async function identify(
  event: Request,
  { aws, environment }: Pick<Context, "aws" | "environment">,
): Promise<RunIdentity> {
  const { metadata, data } = event.detail;
  // it was not completed, and the dump of its day is another run's
  if (data.from !== undefined && metadata.runId === undefined) throw eventWithoutRun(event);
  const found = await findDump(aws.s3, environment, event).catch(noDump);
  const businessDate = businessDateOf(event);
  return {
    runId: metadata.runId ?? runIdOf(businessDate, found?.reference.sha256),
    businessDate,
    requestedBy: data.requestedBy,
    correlationId: metadata.correlationId ?? metadata.eventId,
    causationId: metadata.eventId,
    dump: found?.reference,
    isForced: data.force === true,
    fromLayer: data.from,
  };
}

/** A missing or invalid manifest fails the run, so that the ledger has it. Any other error leaves the run unknown. */
function noDump(error: unknown): undefined {
  if (!(error instanceof PermanentError)) throw error;
}

async function run(context: Context): Promise<LayerOutcome> {
  const found = await findDump(context.aws.s3, context.environment, context.event);
  try {
    await passGate(context.aws.s3, context.event, found);
    const stats = await loadStaging(context, found.reference, newestChangesOf(found.manifest));
    await archive(context, found);
    return { stats, dump: found.reference };
  } catch (error) {
    if (isRefusalOfDump(error)) await quarantine(context, found, error);
    throw error;
  }
}

/** An error is only logged: the data is valid and live without the copy. */
async function archive({ aws, logger }: Context, { reference }: FoundDump): Promise<void> {
  try {
    logger.info("dump archived", { key: await archiveDump(aws.s3, reference) });
    metrics.add("ArchiveFailures", 0);
  } catch (error) {
    logger.warn("the dump could not be archived", { key: reference.key, error: String(error) });
    metrics.add("ArchiveFailures", 1);
  }
}

/** An error is only logged: the run must fail with the reason for the refusal. */
async function quarantine({ aws, logger, run: { runId } }: Context, found: FoundDump, refusal: unknown): Promise<void> {
  try {
    await quarantineDump(aws.s3, found.reference, { runId, error: judge(refusal).error });
  } catch (error) {
    logger.warn("the dump could not be copied to quarantine", { key: found.reference.key, error: String(error) });
  }
}
