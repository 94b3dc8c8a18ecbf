import { parseLayerTable, policyOf, type LayerPolicy, type LayerRow } from "../shared/config/layer-table.ts";
import { maxReceives, REFRESH_CHECKS } from "../shared/runtime/max-receives.ts";
import { pascal } from "./cloudformation.ts";
import type { Settings, Variables } from "./settings.ts";

/** A function with a queue: where its messages come from and where failed ones go. */
export interface Consumer {
  name: string;
  /** Start of the logical IDs of its resources. */
  id: string;
  queueName: string;
  dlqName: string;
  functionName: string;
  timeoutSeconds: number;
  maxReceiveCount: number;
  /** Events that the bus sends to its queue. */
  pattern: object;
  runsDbt: boolean;
  batchSize?: number;
  batchSeconds?: number;
}

/** A layer with what follows from its row for the template. */
export type Layer = Consumer & LayerRow & { policy: LayerPolicy };

const SOURCE = ["baton"];

/** Names of everything that belongs to a function with a queue. */
function namesOf(name: string, { stage }: Pick<Settings, "stage">) {
  const functionName = `baton-${stage}-${name}`;
  return { name, id: pascal(name), functionName, queueName: functionName, dlqName: `${functionName}-dlq` };
}

function patternOf({ listensTo }: LayerRow): object {
  if (listensTo === undefined) return { source: SOURCE, "detail-type": ["PipelineRequested"] };
  return { source: SOURCE, "detail-type": ["LayerCompleted"], detail: { data: { layer: [listensTo] } } };
}

/** The layers of the table in serverless.yml. @throws PermanentError LAYER_TABLE_INVALID */
export async function readLayers({ resolveVariable }: Variables, settings: Settings): Promise<Layer[]> {
  const rows = parseLayerTable(await resolveVariable("self:custom.layers"));
  return rows.map((row) => ({
    ...row,
    ...namesOf(row.name, settings),
    maxReceiveCount: maxReceives(row.retries),
    pattern: patternOf(row),
    // the first layer loads the dump, dbt builds all others
    runsDbt: row.listensTo !== undefined,
    policy: policyOf(row),
  }));
}

/** Functions that receive events like layers, once for all layers. */
export type ListenerName = "notify" | "refresh" | "console" | "docs";

/** @param lastLayer name of the layer whose completion makes new data visible */
function listenersOf(settings: Settings, lastLayer: string): Record<ListenerName, Consumer> {
  const listener = (name: ListenerName, timeoutSeconds: number, pattern: object): Consumer => ({
    ...namesOf(name, settings),
    timeoutSeconds,
    maxReceiveCount: maxReceives(0),
    pattern: { source: SOURCE, ...pattern },
    runsDbt: false,
  });
  return {
    notify: listener("notify", 60, {
      "detail-type": ["LayerFailed", "QualityTestFailed", "PipelineCompleted", "DashboardsRefreshed"],
    }),
    refresh: {
      ...listener("refresh", 60, {
        "detail-type": ["LayerCompleted", "LayerRestored"],
        detail: { data: { layer: [lastLayer] } },
      }),
      // each check of the ingestions is a receive of the same message
      maxReceiveCount: maxReceives(REFRESH_CHECKS),
    },
    // a burst of events makes one page
    console: {
      ...listener("console", 60, { "detail-type": ["LayerFailed", "PipelineCompleted"] }),
      batchSize: 10,
      batchSeconds: 5,
    },
    docs: { ...listener("docs", 300, { "detail-type": ["PipelineCompleted"] }), runsDbt: true },
  };
}

/** Memory of a function that is not a layer's. */
export function memoryOf(name: string): number {
  // dbt needs as much as in a layer
  return name === "docs" ? 2_048 : 512;
}

/** Everything in the stack that alarms and graphs look at, by name. */
export interface Watched {
  layers: readonly LayerRow[];
  /** Owners of the dead-letter queues. */
  queues: readonly string[];
  functions: readonly string[];
}

/** Functions with queues, and what alarms and graphs look at. */
export function consumersOf(layers: readonly Layer[], settings: Settings) {
  const last = layers.find(({ isLast }) => isLast)?.name ?? "";
  const listeners = listenersOf(settings, last);
  const consumers: Consumer[] = [...layers, ...Object.values(listeners)];
  const names = consumers.map(({ name }) => name);
  const watched: Watched = {
    layers,
    queues: [...names, "rule"],
    functions: [...names, "sweep", "replay", "pulse"],
  };
  return { last, listeners, consumers, watched };
}
