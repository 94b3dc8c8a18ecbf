import { z } from "zod";
import { METRIC_NAMESPACE } from "../../shared/observability/metric-catalogue.ts";

const alarmSchema = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
});
export const dashboardSchema = z.object({ DashboardBody: z.object({ "Fn::Sub": z.string() }) });
const bodySchema = z.object({
  widgets: z.array(z.object({ properties: z.looseObject({ metrics: z.array(z.array(z.unknown())).optional() }) })),
});
export const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});

/** Namespaces of metrics that AWS emits itself; expressions have none. */
const OWN_OF_AWS = /^AWS\//;

/** A metric with its dimensions, as one text. */
export function metricText(name: string, dimensions: Readonly<Record<string, string>>): string {
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
  return [metricText(name, dimensions)];
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
