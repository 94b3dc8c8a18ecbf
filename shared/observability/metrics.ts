import { Metrics } from "@aws-lambda-powertools/metrics";
import { METRIC_NAMESPACE, metricCatalogue, type MetricName } from "./metric-catalogue.ts";

function newMetrics(): Metrics {
  const emf = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: "baton" });
  // Powertools adds a dimension `service`: the dashboard's metrics would not match then
  emf.clearDefaultDimensions();
  emf.setDefaultDimensions({ stage: process.env["BATON_STAGE"] ?? "unknown" });
  return emf;
}

const emf = newMetrics();

/** Metrics of the function, in CloudWatch's embedded format, by the names of the catalogue. */
export const metrics = {
  /** Sets the layer of this call's values; called by the middleware. */
  beginLayer(layer: string): void {
    emf.addDimension("layer", layer);
  },
  /** Adds a value for the current layer; several values of one metric are all kept. */
  add(name: MetricName, value: number): void {
    emf.addMetric(name, metricCatalogue[name].unit, value);
  },
  /** Writes values of another layer or queue at once. */
  emit(layer: string, values: Partial<Record<MetricName, number>>): void {
    const own = newMetrics();
    own.addDimension("layer", layer);
    const names = Object.keys(values) as MetricName[]; // Object.keys forgets the key type
    for (const name of names) own.addMetric(name, metricCatalogue[name].unit, values[name] ?? 0);
    own.publishStoredMetrics();
  },
  /** Writes the values that were added since `beginLayer`. */
  flush(): void {
    if (emf.hasStoredMetrics()) emf.publishStoredMetrics();
    else emf.clearDimensions();
  },
};
