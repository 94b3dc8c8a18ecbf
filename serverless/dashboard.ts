// The CloudWatch dashboard, made from shared/observability/metric-catalogue.ts and the layer table.
import { METRIC_NAMESPACE, metricCatalogue, type MetricName } from "../shared/observability/metric-catalogue.ts";
import { memoryOf, type Watched } from "./layers.ts";
import type { Resources } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";
import { subjectsOf } from "./subjects.ts";

const WIDTH = 24;
const HEIGHT = 6;
const MS_PER_MINUTE = 60_000;
const REGION = "${AWS::Region}";
const COLUMNS = 3;

/** A graph of the dashboard. @see CloudWatch API Reference, "Dashboard Body Structure and Syntax" */
interface Graph {
  type: "metric";
  properties: { title: string; metrics: unknown[][] } & Record<string, unknown>;
}

interface Context {
  watched: Watched;
  stage: string;
  memoryMbOf: (name: string) => number;
  /** Time by which a run must be complete; empty if no daily run is expected. */
  deadline: string;
}

/** A graph of Baton's own metrics. */
function graph(
  title: string,
  names: readonly MetricName[],
  { watched, stage }: Context,
  { period = 300, limits = [] }: { period?: number; limits?: readonly object[] } = {},
): Graph {
  return {
    type: "metric",
    properties: {
      title,
      region: REGION,
      view: "timeSeries",
      period,
      metrics: names.flatMap((name) =>
        subjectsOf(metricCatalogue[name].scope, watched).map((subject) => [
          METRIC_NAMESPACE,
          name,
          "stage",
          stage,
          "layer",
          subject,
          { stat: metricCatalogue[name].statistic, label: names.length > 1 ? `${subject} ${name}` : subject },
        ]),
      ),
      ...(limits.length > 0 && { annotations: { horizontal: limits } }),
    },
  };
}

function minutes(value: number, label: string) {
  return { value: value * MS_PER_MINUTE, label };
}

/** A graph of a metric that AWS provides for every function. */
function lambdaGraph(title: string, name: string, stat: string, { watched, stage }: Context): Graph {
  const metrics = watched.functions.map((subject) => [
    "AWS/Lambda",
    name,
    "FunctionName",
    `baton-${stage}-${subject}`,
    { stat, label: subject },
  ]);
  return { type: "metric", properties: { title, region: REGION, view: "timeSeries", period: 300, metrics } };
}

/** Graphs of what AWS bills: memory and duration of the functions, requests, objects, log lines. */
function costGraphs({ watched, stage, memoryMbOf }: Context): Graph[] {
  const durations = watched.functions.map((subject, index) => [
    "AWS/Lambda",
    "Duration",
    "FunctionName",
    `baton-${stage}-${subject}`,
    { id: `d${index}`, stat: "Sum", visible: false },
  ]);
  const gigabyteSeconds = watched.functions.map((subject, index) => `d${index}*${memoryMbOf(subject) / 1_024}/1000`);
  const day = { period: 86_400, view: "timeSeries", region: REGION };
  return [
    {
      type: "metric",
      properties: {
        ...day,
        title: "Cost: GB-seconds of all functions a day",
        metrics: [[{ expression: gigabyteSeconds.join("+"), label: "GB-seconds", id: "gbs" }], ...durations],
      },
    },
    {
      type: "metric",
      properties: {
        ...day,
        title: "Cost: calls of functions a day",
        metrics: watched.functions.map((subject) => [
          "AWS/Lambda",
          "Invocations",
          "FunctionName",
          `baton-${stage}-${subject}`,
          { stat: "Sum", label: subject },
        ]),
      },
    },
    {
      type: "metric",
      properties: {
        ...day,
        title: "Cost: bytes stored and logged",
        metrics: [
          [
            "AWS/S3",
            "BucketSizeBytes",
            "BucketName",
            "${Bucket}",
            "StorageType",
            "StandardStorage",
            { stat: "Average", label: "bucket" },
          ],
          ...watched.functions.map((subject) => [
            "AWS/Logs",
            "IncomingBytes",
            "LogGroupName",
            `/aws/lambda/baton-${stage}-${subject}`,
            { stat: "Sum", label: `log of ${subject}` },
          ]),
        ],
      },
    },
  ];
}

function widgetsOf(context: Context): Graph[] {
  const { watched, deadline } = context;
  const limitMinutes = Math.min(...watched.layers.map(({ alarmAfterMinutes }) => alarmAfterMinutes));
  const durations = [minutes(10, "warning: 10 min"), minutes(limitMinutes, `alarm: ${limitMinutes} min`)];
  return [
    graph("Layers published and failed", ["LayerSuccess", "LayerFailure"], context),
    graph("Failed layers, missing run", ["LayerFailing", "RunMissing"], context, { period: 60 }),
    graph("Duration of layers, all attempts", ["LayerDuration"], context, { limits: durations }),
    graph("Duration of the whole run", ["PipelineDuration"], context),
    graph("Running time of layers (minutes)", ["LayerElapsedMinutes"], context, {
      period: 60,
      limits: [{ value: 10 }, { value: limitMinutes }],
    }),
    graph("Freshness: age of the live data's dump (hours)", ["DataFreshnessHours"], context, {
      limits: [{ value: 24, label: `alarm: 24 h${deadline === "" ? "" : `, from ${deadline}`}` }],
    }),
    graph("Rows published", ["RowsLoaded"], context),
    graph("Bytes published", ["BytesLoaded"], context),
    graph("Unchanged tables, dumps not archived", ["TablesSkipped", "ArchiveFailures"], context),
    graph("Retried attempts", ["RetryCount"], context),
    graph("DLQ messages", ["DlqDepth"], context, { period: 60 }),
    graph("Data tests", ["QualityTestsPassed", "QualityTestsFailed", "QualityTestsFailing"], context),
    graph("Backups per table and day", ["BackupsPerTable"], context, { limits: [{ value: 1 }] }),
    graph("Time used, of the timeout (%)", ["TimeUsedPercent"], context, { limits: [{ value: 90 }] }),
    graph("Memory used, of the limit (%)", ["MemoryUsedPercent"], context, { limits: [{ value: 90 }] }),
    lambdaGraph("Errors of functions", "Errors", "Sum", context),
    lambdaGraph("Throttles of functions", "Throttles", "Sum", context),
    lambdaGraph("Duration of functions", "Duration", "Maximum", context),
    ...costGraphs(context),
  ];
}

/** Adds a graph for each metric of the catalogue that has none. */
function withOthers(widgets: readonly Graph[], context: Context): Graph[] {
  const shown = new Set(widgets.flatMap(({ properties }) => properties.metrics.map(([, name]) => name)));
  const names = Object.keys(metricCatalogue) as MetricName[]; // Object.keys loses the key type
  const others = names.filter((name) => !shown.has(name));
  return [...widgets, ...others.map((name) => graph(metricCatalogue[name].meaning, [name], context))];
}

function placed(widgets: readonly Graph[]) {
  const width = WIDTH / COLUMNS;
  return widgets.map((widget, index) => ({
    ...widget,
    x: (index % COLUMNS) * width,
    y: 2 + Math.floor(index / COLUMNS) * HEIGHT,
    width,
    height: HEIGHT,
  }));
}

/** The dashboard of an environment. */
export function dashboard(
  watched: Watched,
  settings: Pick<Settings, "stage" | "consoleUrl" | "runDeadline">,
): Resources {
  const { stage } = settings;
  const memoryMbOf = (subject: string): number =>
    watched.layers.find(({ name }) => name === subject)?.memoryMb ?? memoryOf(subject);
  const context = { watched, stage, memoryMbOf, deadline: settings.runDeadline };
  const heading = {
    type: "text",
    x: 0,
    y: 0,
    width: WIDTH,
    height: 2,
    properties: {
      markdown:
        `# Baton ${stage}\nAlarm \`baton-${stage}-healthy\` combines all alarms of severity error; meaning and next steps: ` +
        `\`docs/runbook.md\`.` +
        (settings.consoleUrl === "" ? "" : ` [Console](${settings.consoleUrl})`),
    },
  };
  const body = { widgets: [heading, ...placed(withOthers(widgetsOf(context), context))] };
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: { DashboardName: `baton-${stage}`, DashboardBody: { "Fn::Sub": JSON.stringify(body) } },
    },
  };
}
