"use strict";
// The CloudWatch dashboard, made from shared/observability/metric-catalogue.ts and the layer table.
const { METRIC_NAMESPACE, metricCatalogue } = require("../shared/observability/metric-catalogue.ts");
const memoryOf = require("./memory.cjs");

const WIDTH = 24;
const HEIGHT = 6;
const MS_PER_MINUTE = 60_000;
const REGION = "${AWS::Region}";

/** Whose values a metric has, as its dimension `layer` says. */
function subjectsOf(name, { layers, queues, functions }) {
  const names = layers.map((layer) => layer.name);
  if (name === "DlqDepth") return queues;
  if (name === "RunMissing") return ["pulse"];
  switch (metricCatalogue[name].emittedBy) {
    case "every function":
      return functions;
    case "sweep":
      return ["sweep"];
    case "first layer":
      return layers.filter(({ listensTo }) => !listensTo).map((layer) => layer.name);
    case "last layer":
      return layers.filter(({ isLast }) => isLast).map((layer) => layer.name);
    case "dbt layers":
      return layers.filter(({ listensTo }) => listensTo).map((layer) => layer.name);
    default:
      return names;
  }
}

/** A graph of metrics of Baton. */
function graph(title, names, { watched, stage }, { period = 300, limits = [], ...more } = {}) {
  return {
    type: "metric",
    properties: {
      title,
      region: REGION,
      view: "timeSeries",
      period,
      metrics: names.flatMap((name) =>
        subjectsOf(name, watched).map((subject) => [
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
      ...more,
    },
  };
}

function minutes(value, label) {
  return { value: value * MS_PER_MINUTE, label };
}

/** A graph of what AWS measures of every function. */
function lambdaGraph(title, name, stat, { watched, stage }) {
  const metrics = watched.functions.map((subject) => [
    "AWS/Lambda",
    name,
    "FunctionName",
    `baton-${stage}-${subject}`,
    { stat, label: subject },
  ]);
  return { type: "metric", properties: { title, region: REGION, view: "timeSeries", period: 300, metrics } };
}

/** What the month is billed for: memory by time of the functions, requests, objects, log lines. */
function costGraphs({ watched, stage, memoryMbOf }) {
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

function widgetsOf(context) {
  const { watched } = context;
  const limitMinutes = Math.min(...watched.layers.map(({ alarmAfterMinutes }) => alarmAfterMinutes));
  const durations = [minutes(10, "warning: 10 min"), minutes(limitMinutes, `alarm: ${limitMinutes} min`)];
  return [
    graph("Layers live and given up", ["LayerSuccess", "LayerFailure"], context),
    graph("Standing as given up, day's run missing", ["LayerFailing", "RunMissing"], context, { period: 60 }),
    graph("Duration of layers, all attempts", ["LayerDuration"], context, { limits: durations }),
    graph("Duration of the whole run", ["PipelineDuration"], context),
    graph("At work since (minutes)", ["LayerElapsedMinutes"], context, {
      period: 60,
      limits: [{ value: 10 }, { value: limitMinutes }],
    }),
    graph("Freshness: age of the live data's dump (hours)", ["DataFreshnessHours"], context, {
      limits: [{ value: 24, label: "alarm: 24 h, from 08:00" }],
    }),
    graph("Rows made live", ["RowsLoaded"], context),
    graph("Bytes made live", ["BytesLoaded"], context),
    graph("Tables kept, dumps not archived", ["TablesSkipped", "ArchiveFailures"], context),
    graph("Attempts that were followed by another", ["RetryCount"], context),
    graph("Dead letters", ["DlqDepth"], context, { period: 60 }),
    graph("Data tests", ["QualityTestsPassed", "QualityTestsFailed", "QualityTestsFailing"], context),
    graph("Backups of one table of one day", ["BackupsPerTable"], context, { limits: [{ value: 1 }] }),
    graph("Time used, of the timeout (%)", ["TimeUsedPercent"], context, { limits: [{ value: 90 }] }),
    graph("Memory used, of the limit (%)", ["MemoryUsedPercent"], context, { limits: [{ value: 90 }] }),
    graph("Cold starts", ["ColdStart"], context),
    lambdaGraph("Errors of functions", "Errors", "Sum", context),
    lambdaGraph("Throttles of functions", "Throttles", "Sum", context),
    lambdaGraph("Duration of functions", "Duration", "Maximum", context),
    ...costGraphs(context),
  ];
}

/** Metrics of the catalogue that no graph shows yet get one each: what is measured can be seen. */
function withTheRest(widgets, context) {
  const shown = new Set(widgets.flatMap(({ properties }) => properties.metrics.map(([, name]) => name)));
  const rest = Object.keys(metricCatalogue).filter((name) => !shown.has(name));
  return [...widgets, ...rest.map((name) => graph(metricCatalogue[name].meaning, [name], context))];
}

function placed(widgets) {
  const columns = 3;
  const width = WIDTH / columns;
  return widgets.map((widget, index) => ({
    ...widget,
    x: (index % columns) * width,
    y: 2 + Math.floor(index / columns) * HEIGHT,
    width,
    height: HEIGHT,
  }));
}

/** @param watched layers of the table, names of the dead-letter queues and of the functions */
module.exports = (watched, settings) => {
  const { stage } = settings;
  const memoryMbOf = (subject) => watched.layers.find(({ name }) => name === subject)?.memoryMb ?? memoryOf(subject);
  const context = { watched, stage, memoryMbOf };
  const heading = {
    type: "text",
    x: 0,
    y: 0,
    width: WIDTH,
    height: 2,
    properties: {
      markdown:
        `# Baton ${stage}\nAlarm \`baton-${stage}-healthy\` sums up all others; what each means and what to do: ` +
        `\`docs/runbook.md\`.` +
        (settings.consoleUrl === "" ? "" : ` [Console](${settings.consoleUrl})`),
    },
  };
  const body = { widgets: [heading, ...placed(withTheRest(widgetsOf(context), context))] };
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: { DashboardName: `baton-${stage}`, DashboardBody: { "Fn::Sub": JSON.stringify(body) } },
    },
  };
};
