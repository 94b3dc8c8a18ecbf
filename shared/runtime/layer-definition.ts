import type { Logger } from "@aws-lambda-powertools/logger";
import type { BusinessDate, RunId } from "../../events/ids.ts";
import type { BatonEvent, DetailType, DumpReference, EventOf, LayerStats } from "../../events/schemas.ts";
import type { AwsClients } from "../aws/clients.ts";
import type { LayerEnvironment } from "../config/function-config.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import type { OpenLedger } from "../ledger/open-ledger.ts";
import type { RunIdentity } from "../ledger/claims/claim.ts";
import type { PublicationPlan } from "../ledger/publication/publication.ts";
import type { RecordSteps } from "../ledger/records/steps.ts";

/** The event that starts a layer. */
export interface Listen<T extends DetailType> {
  detailType: T;
  /** Only events of this layer; undefined for events of the whole run. */
  layer?: string;
}

/** What a layer's stage is given to work with. */
export interface LayerContext<T extends DetailType> {
  event: EventOf<T>;
  run: {
    runId: RunId;
    businessDate: BusinessDate;
    attempt: number;
    /** The operator allows what is refused otherwise: older dates over newer ones, jumps in a table's rows. */
    isForced: boolean;
    correlationId: string;
    dump: DumpReference | undefined;
    /** What an earlier attempt of this run saved; undefined when the stage must start anew. */
    progress: unknown;
  };
  /** Saves what the next attempt of this run needs to go on instead of starting anew. */
  saveProgress(progress: unknown): Promise<void>;
  environment: LayerEnvironment;
  aws: AwsClients;
  warehouse: WarehouseConfig;
  /** An empty folder of this attempt, removed when it ends. */
  workFolder: string;
  ledger: OpenLedger;
  logger: Logger;
  recordSteps: RecordSteps;
  /** Makes the built set live, under this attempt's fence. */
  publish(plan: Omit<PublicationPlan, "businessDate" | "upstream">): Promise<void>;
  /** When the attempt must have stopped. */
  deadline: Date;
  /** Aborted at the deadline and when another attempt takes over. */
  signal: AbortSignal;
}

/** What a stage hands back when it is done. */
export interface LayerOutcome {
  stats: LayerStats;
  /** Where the run's dump was only found by the stage itself. */
  dump?: DumpReference;
}

/** A layer: what starts it and what it does. The runtime gives it everything else. */
export interface LayerDefinition<T extends DetailType> {
  name: string;
  listensTo: Listen<T>;
  /** Finds out which run the event belongs to; by default the event says so itself. Must not fail on bad input. */
  identify?(event: EventOf<T>, ports: Pick<LayerContext<T>, "aws" | "environment">): Promise<RunIdentity>;
  run(context: LayerContext<T>): Promise<LayerOutcome>;
}

/** Defines a layer; only ties the types together. */
export function defineLayer<T extends DetailType>(definition: LayerDefinition<T>): LayerDefinition<T> {
  return definition;
}

/** Listens to the completion of a layer. */
export function completed(layer: string): Listen<"LayerCompleted"> {
  return { detailType: "LayerCompleted", layer };
}

/** Listens to requests for a run. */
export function requested(): Listen<"PipelineRequested"> {
  return { detailType: "PipelineRequested" };
}

/** True when the event is one that the layer listens to. */
export function hears<T extends DetailType>(listen: Listen<T>, event: BatonEvent): event is EventOf<T> {
  if (event["detail-type"] !== listen.detailType) return false;
  const data = event.detail.data;
  return listen.layer === undefined || ("layer" in data && data.layer === listen.layer);
}
