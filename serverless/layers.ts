import { parseLayerTable, policyOf, type LayerPolicy, type LayerRow } from "../shared/config/layer-table.ts";
import { maxReceives, MIGRATION_CALLS, REFRESH_CHECKS, REVIEW_CHECKS } from "../shared/runtime/max-receives.ts";
import { pascal } from "./cloudformation.ts";
import type { Settings, Variables } from "./settings.ts";

/** A function with a queue: the source of its messages, and the DLQ of failed ones. */
export interface Consumer {
  name: string;
  /** Prefix of the logical IDs of its resources. */
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

/** A layer with the values that the template derives from its row. */
export type Layer = Consumer & LayerRow & { policy: LayerPolicy };

const SOURCE = ["baton"];

/** Names of all resources of a function with a queue. */
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

/** Functions with a queue that every environment has. */
export type ListenerName = "notify" | "refresh" | "console" | "docs" | "review";

/** Functions with a queue that exist once for all layers; `migrate` only while the warehouse is moved. */
export type Listeners = Record<ListenerName, Consumer> & { migrate?: Consumer };

/** @param lastLayer name of the layer whose completion makes new data visible */
function listenersOf(settings: Settings, lastLayer: string): Listeners {
  const listener = (name: keyof Listeners, timeoutSeconds: number, pattern: object): Consumer => ({
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
    // one page is enough for a burst of events
    console: {
      ...listener("console", 60, { "detail-type": ["LayerFailed", "LayerRestored", "PipelineCompleted"] }),
      batchSize: 10,
      batchSeconds: 5,
    },
    docs: { ...listener("docs", 300, { "detail-type": ["PipelineCompleted"] }), runsDbt: true },
    review: {
      ...listener("review", 900, { "detail-type": ["ReviewRequested"] }),
      runsDbt: true,
      // each attempt to start is a receive of the same message
      maxReceiveCount: maxReceives(REVIEW_CHECKS),
    },
    ...(settings.migration !== undefined && {
      migrate: {
        ...listener("migrate", 900, { "detail-type": ["MigrationRequested"] }),
        maxReceiveCount: maxReceives(MIGRATION_CALLS),
      },
    }),
  };
}

/** Memory of the functions that are not layers. */
export function memoryOf(name: string): number {
  // they run dbt or copy rows, like a layer
  return ["docs", "review", "migrate"].includes(name) ? 2_048 : 512;
}

/** Names of all resources that alarms and graphs watch. */
export interface Watched {
  layers: readonly LayerRow[];
  /** Owners of the dead-letter queues. */
  queues: readonly string[];
  functions: readonly string[];
}

/** The functions with queues, and what alarms and graphs watch. */
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
