/** One metric: its meaning and its source. Dimensions are always `stage` and `layer`. */
interface MetricEntry {
  /** CloudWatch's unit; when CloudWatch has no such unit, the metric's name contains it. */
  unit: "Count" | "Milliseconds" | "Bytes" | "Percent" | "None";
  meaning: string;
  emittedBy: "layers" | "first layer" | "last layer" | "pulse" | "sweep";
  /** The meaningful statistic over a period. */
  statistic: "Sum" | "Maximum" | "Average";
}

/** Name space of all of Baton's metrics. */
export const METRIC_NAMESPACE = "Baton";

/**
 * Every metric that Baton emits; dashboard, alarms and documents are generated from this list. A name that is not here
 * does not compile. The dimension `layer` is a layer's name, or the name of the function or queue that serves all layers.
 *
 * Counters are emitted when an attempt ends, also when they are 0: a graph without data points means that nothing ran. Gauges
 * are emitted by the pulse function when the state may have changed: between two values it is the same. CloudWatch bills a
 * metric for each hour in which it has a value. Cold starts are in the log (`cold_start`).
 */
export const metricCatalogue = {
  LayerSuccess: entry("Count", "Sum", "layers", "a layer of a run is live"),
  LayerFailure: entry("Count", "Sum", "layers", "a layer of a run was given up"),
  LayerDuration: entry("Milliseconds", "Maximum", "layers", "from a layer's first attempt to its end, waits included"),
  RetryCount: entry("Count", "Sum", "layers", "attempts that were followed by another one"),
  UnknownErrors: entry("Count", "Sum", "layers", "attempts that failed with an error that no pattern knows"),
  PipelineDuration: entry("Milliseconds", "Maximum", "last layer", "from the request of a run to its last layer's end"),
  RowsLoaded: entry("Count", "Maximum", "layers", "rows of the tables that a layer made live"),
  BytesLoaded: entry("Bytes", "Maximum", "layers", "bytes of the tables that a layer made live"),
  LoadProgressPercent: entry("Percent", "Maximum", "first layer", "how much of the dump is in, while it is loaded"),
  TablesSkipped: entry("Count", "Maximum", "first layer", "tables that were kept because they have not changed"),
  ArchiveFailures: entry("Count", "Sum", "first layer", "dumps that could not be copied to processed/"),
  QualityTestsPassed: entry("Count", "Sum", "layers", "data tests that passed, only warned or were accepted"),
  QualityTestsWarned: entry("Count", "Sum", "layers", "data tests that warned, or failed and were accepted"),
  QualityTestsFailed: entry("Count", "Sum", "layers", "data tests of error severity that did not pass"),
  SourceFreshnessHours: entry(
    "None",
    "Maximum",
    "first layer",
    "age of the newest change in each watched source table at the start of the business date",
  ),
  QualityTestsFailing: entry("Count", "Maximum", "pulse", "data tests of error severity that stand as failed"),
  LayerFailing: entry("Count", "Maximum", "pulse", "1 while the newest run of a layer stands as given up"),
  LayerElapsedMinutes: entry("None", "Maximum", "pulse", "minutes since a layer that is at work began; 0 when none is"),
  DataFreshnessHours: entry("None", "Maximum", "pulse", "age of the dump that a layer's live tables come from"),
  BackupsPerTable: entry("Count", "Maximum", "pulse", "most backups that one table has of one day"),
  DlqDepth: entry("Count", "Maximum", "pulse", "messages in a dead-letter queue"),
  RunMissing: entry("Count", "Maximum", "pulse", "1 from the morning's deadline until the day's run is complete"),
  OutboxStuck: entry("Count", "Maximum", "sweep", "events that the bus has not taken for ten minutes"),
  RunsStandingStill: entry("Count", "Maximum", "sweep", "unfinished runs whose message was gone"),
  TimeUsedPercent: entry("Percent", "Maximum", "layers", "duration of a call, of the function's timeout"),
  MemoryUsedPercent: entry("Percent", "Maximum", "layers", "peak memory of the function and its child processes"),
} as const satisfies Record<string, MetricEntry>;

/** Name of a metric that Baton emits. */
export type MetricName = keyof typeof metricCatalogue;

function entry<
  Unit extends MetricEntry["unit"],
  Statistic extends MetricEntry["statistic"],
  EmittedBy extends MetricEntry["emittedBy"],
>(unit: Unit, statistic: Statistic, emittedBy: EmittedBy, meaning: string) {
  return { unit, statistic, emittedBy, meaning };
}
