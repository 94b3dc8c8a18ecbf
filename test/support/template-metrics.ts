import { z } from "zod";
import { dashboardSchema, metricsNamedIn, metricText, templateSchema } from "../../local/metrics/metrics-named-in.ts";
import { readEmf } from "../../local/metrics/read-emf.ts";
import { METRIC_NAMESPACE } from "../../shared/observability/metric-catalogue.ts";

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
      .map(({ name, dimensions }) => metricText(name, dimensions)),
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
