import { z } from "zod";
import { readEmf } from "../../local/metrics/read-emf.ts";
import { METRIC_NAMESPACE } from "../../shared/observability/metric-catalogue.ts";

const alarmSchema = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
});
const dashboardSchema = z.object({ DashboardBody: z.object({ "Fn::Sub": z.string() }) });
const bodySchema = z.object({
  widgets: z.array(z.object({ properties: z.looseObject({ metrics: z.array(z.array(z.unknown())).optional() }) })),
});
const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});

/** Namespaces of metrics that AWS emits itself; expressions have none. */
const OWN_OF_AWS = /^AWS\//;

function text(name: string, dimensions: Readonly<Record<string, string>>): string {
  return `${name} ${JSON.stringify(Object.entries(dimensions).sort())}`;
}

/** Reads `[namespace, name, dimension, value, ..., options?]` of a dashboard's graph. */
function readMetric(metric: readonly unknown[]): string[] {
  const words = metric.filter((part): part is string => typeof part === "string");
  const [namespace = "", name = "", ...pairs] = words;
  if (words.length === 0 || OWN_OF_AWS.test(namespace)) return [];
  if (namespace !== METRIC_NAMESPACE) throw new Error(`a graph names the unknown namespace ${namespace}`);
  const dimensions: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2) dimensions[pairs[index] ?? ""] = pairs[index + 1] ?? "";
  return [text(name, dimensions)];
}

/** Every Baton metric in the alarms and dashboards of a CloudFormation template, with its dimensions. */
export function metricsNamedIn(template: string): Set<string> {
  const { Resources } = templateSchema.parse(JSON.parse(template));
  const names = Object.values(Resources).flatMap(({ Type, Properties }) => {
    switch (Type) {
      case "AWS::CloudWatch::Alarm": {
        const { Namespace, MetricName, Dimensions } = alarmSchema.parse(Properties);
        const pairs = Dimensions.flatMap(({ Name, Value }) => [Name, Value]);
        return readMetric([Namespace, MetricName, ...pairs]);
      }
      case "AWS::CloudWatch::Dashboard": {
        const body = bodySchema.parse(JSON.parse(dashboardSchema.parse(Properties).DashboardBody["Fn::Sub"]));
        return body.widgets.flatMap(({ properties }) => (properties.metrics ?? []).flatMap(readMetric));
      }
      default:
        return [];
    }
  });
  return new Set(names);
}

/** Metrics in the template that no function emits, and the reverse. */
export interface MetricDifferences {
  notEmitted: string[];
  notNamed: string[];
}

/** Compares the metrics in a template's alarms and graphs with those that functions have logged. */
export function compareMetrics(template: string, logLines: readonly string[]): MetricDifferences {
  const named = metricsNamedIn(template);
  const emitted = new Set(
    logLines
      .flatMap(readEmf)
      .filter(({ namespace }) => namespace === METRIC_NAMESPACE)
      .map(({ name, dimensions }) => text(name, dimensions)),
  );
  return {
    notEmitted: [...named].filter((metric) => !emitted.has(metric)),
    notNamed: [...emitted].filter((metric) => !named.has(metric)),
  };
}

/** A line of a graph: its CloudWatch query. */
export interface GraphedMetric {
  title: string;
  name: string;
  dimensions: Record<string, string>;
  statistic: string;
  periodSeconds: number;
}

const graphSchema = z.object({
  widgets: z.array(
    z.object({
      properties: z.looseObject({
        title: z.string().default(""),
        period: z.number().optional(),
        metrics: z.array(z.array(z.union([z.string(), z.looseObject({ stat: z.string().optional() })]))).default([]),
      }),
    }),
  ),
});

/** The lines of all graphs of a template's dashboards that show Baton metrics. */
export function graphedMetrics(template: string): GraphedMetric[] {
  const { Resources } = templateSchema.parse(JSON.parse(template));
  return Object.values(Resources)
    .filter(({ Type }) => Type === "AWS::CloudWatch::Dashboard")
    .flatMap(({ Properties }) => {
      const body = graphSchema.parse(JSON.parse(dashboardSchema.parse(Properties).DashboardBody["Fn::Sub"]));
      return body.widgets.flatMap(({ properties: { title, period = 300, metrics } }) =>
        metrics.flatMap((metric) => {
          const words = metric.filter((part) => typeof part === "string");
          const [namespace, name = "", ...pairs] = words;
          if (namespace !== METRIC_NAMESPACE) return [];
          const options = metric.find((part) => typeof part !== "string");
          const dimensions: Record<string, string> = {};
          for (let index = 0; index < pairs.length; index += 2) dimensions[pairs[index] ?? ""] = pairs[index + 1] ?? "";
          return [{ title, name, dimensions, statistic: options?.stat ?? "Average", periodSeconds: period }];
        }),
      );
    });
}
