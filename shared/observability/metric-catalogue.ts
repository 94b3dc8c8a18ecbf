/** The layers, queues or functions that have a metric: the values of its dimension `layer`. */
export type MetricScope =
  "every layer" | "first layer" | "last layer" | "every dead-letter queue" | "every function" | "pulse" | "sweep";

/** One metric. Its dimensions are always `stage` and `layer`. */
interface MetricEntry {
  /** CloudWatch's unit; when CloudWatch has no such unit, the metric's name contains it. */
  unit: "Count" | "Milliseconds" | "Bytes" | "Percent" | "None";
  scope: MetricScope;
  /** The title of the metric's graph, unless `serverless/dashboard.ts` has it in a graph with others. */
  meaning: string;
  /** The meaningful statistic over a period. */
  statistic: "Sum" | "Maximum" | "Average";
}

/** Name space of all of Baton's metrics. */
export const METRIC_NAMESPACE = "Baton";

/**
 * Every metric that Baton emits. The dashboard is generated from this list, and a name that is not in it does not
 * compile.
 *
 * Counters are emitted when an attempt ends, also when they are 0: a graph without data points means that nothing ran. Gauges
 * are emitted by the pulse function when the state may have changed: between two values it is the same. CloudWatch bills a
 * metric for each hour in which it has a value. Cold starts are in the log (`cold_start`).
 */
export const metricCatalogue = {
  LayerSuccess: entry("Count", "Sum", "every layer", "a layer of a run is live"),
  LayerFailure: entry("Count", "Sum", "every layer", "a layer of a run was given up"),
  LayerDuration: entry(
    "Milliseconds",
    "Maximum",
    "every layer",
    "from a layer's first attempt to its end, waits included",
  ),
  RetryCount: entry("Count", "Sum", "every layer", "attempts that were followed by another one"),
  UnknownErrors: entry("Count", "Sum", "every layer", "attempts that failed with an error that no pattern knows"),
  PipelineDuration: entry("Milliseconds", "Maximum", "last layer", "from the request of a run to its last layer's end"),
  RowsLoaded: entry("Count", "Maximum", "every layer", "rows of the tables that a layer made live"),
  BytesLoaded: entry("Bytes", "Maximum", "every layer", "bytes of the tables that a layer made live"),
  LoadProgressPercent: entry("Percent", "Maximum", "first layer", "how much of the dump is in, while it is loaded"),
  TablesSkipped: entry("Count", "Maximum", "first layer", "tables that were kept because they have not changed"),
  ArchiveFailures: entry("Count", "Sum", "first layer", "dumps that could not be copied to processed/"),
  QualityTestsPassed: entry("Count", "Sum", "every layer", "data tests that passed, only warned or were accepted"),
  QualityTestsWarned: entry("Count", "Sum", "every layer", "data tests that warned, or failed and were accepted"),
  QualityTestsFailed: entry("Count", "Sum", "every layer", "data tests of error severity that did not pass"),
  SourceFreshnessHours: entry(
    "None",
    "Maximum",
    "first layer",
    "age of the newest change in each watched source table at the start of the business date",
  ),
  QualityTestsFailing: entry("Count", "Maximum", "every layer", "data tests of error severity that stand as failed"),
  LayerFailing: entry("Count", "Maximum", "every layer", "1 while the newest run of a layer stands as given up"),
  LayerElapsedMinutes: entry(
    "None",
    "Maximum",
    "every layer",
    "minutes since a layer that is at work began; 0 when none is",
  ),
  DataFreshnessHours: entry("None", "Maximum", "every layer", "age of the dump that a layer's live tables come from"),
  BackupsPerTable: entry("Count", "Maximum", "every layer", "most backups that one table has of one day"),
  DlqDepth: entry("Count", "Maximum", "every dead-letter queue", "messages in a dead-letter queue"),
  RunMissing: entry("Count", "Maximum", "pulse", "1 from the morning's deadline until the day's run is complete"),
  OutboxStuck: entry("Count", "Maximum", "sweep", "events that the bus has not taken for ten minutes"),
  RunsStalled: entry("Count", "Maximum", "sweep", "unfinished runs whose message was gone"),
  TimeUsedPercent: entry("Percent", "Maximum", "every layer", "duration of a call, of the function's timeout"),
  MemoryUsedPercent: entry("Percent", "Maximum", "every layer", "peak memory of the function and its child processes"),
} as const satisfies Record<string, MetricEntry>;

/** Name of a metric that Baton emits. */
export type MetricName = keyof typeof metricCatalogue;

function entry<Unit extends MetricEntry["unit"], Statistic extends MetricEntry["statistic"], Scope extends MetricScope>(
  unit: Unit,
  statistic: Statistic,
  scope: Scope,
  meaning: string,
) {
  return { unit, statistic, scope, meaning };
}
