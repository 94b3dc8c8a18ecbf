import type { Logger } from "@aws-lambda-powertools/logger";
import type { Pool } from "mysql2/promise";
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

/** What the runtime gives a layer to work with. */
export interface LayerContext<T extends DetailType> {
  event: EventOf<T>;
  run: {
    runId: RunId;
    businessDate: BusinessDate;
    attempt: number;
    /** The operator allows what is refused otherwise: replacing newer dates, jumps in a table's row count. */
    isForced: boolean;
    correlationId: string;
    dump: DumpReference | undefined;
    /** What an earlier attempt of this run saved; undefined when the layer must start from the beginning. */
    progress: unknown;
  };
  /** Saves what the next attempt of this run needs to continue instead of starting from the beginning. */
  saveProgress(progress: unknown): Promise<void>;
  environment: LayerEnvironment;
  aws: AwsClients;
  warehouse: WarehouseConfig;
  /** An empty folder of this attempt, removed when it ends. */
  workFolder: string;
  ledger: OpenLedger;
  logger: Logger;
  recordSteps: RecordSteps;
  /** Publishes the built set while the ledger still holds this attempt. */
  publish(plan: Omit<PublicationPlan, "businessDate" | "upstream" | "isLast">): Promise<void>;
  /** When the attempt must have stopped. */
  deadline: Date;
  /** Aborted at the deadline and when another attempt takes over. */
  signal: AbortSignal;
}

/** The result of a layer's work. */
export interface LayerOutcome {
  stats: LayerStats;
  /** Set by the layer that finds the run's dump. */
  dump?: DumpReference;
}

/** A layer: what starts it and what it does. The runtime does everything else. */
export interface LayerDefinition<T extends DetailType> {
  name: string;
  listensTo: Listen<T>;
  /** Adds to an event what only the ledger knows, before `identify`. */
  complete?(event: EventOf<T>, ledger: Pool): Promise<EventOf<T>>;
  /** Which run the event belongs to; by default the event names it. Must not fail on bad input. */
  identify?(event: EventOf<T>, ports: Pick<LayerContext<T>, "aws" | "environment">): Promise<RunIdentity>;
  /** Why the layer ignores an event that it listens to; undefined for events that it processes. */
  reasonToIgnore?(event: EventOf<T>): string | undefined;
  run(context: LayerContext<T>): Promise<LayerOutcome>;
}

/** Defines a layer; infers the type of its event. */
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
export function matches<T extends DetailType>(listen: Listen<T>, event: BatonEvent): event is EventOf<T> {
  if (event["detail-type"] !== listen.detailType) return false;
  const data = event.detail.data;
  return listen.layer === undefined || ("layer" in data && data.layer === listen.layer);
}
