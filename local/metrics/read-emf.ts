import { z } from "zod";

/** One value of a metric. */
export interface Datum {
  namespace: string;
  name: string;
  unit: string;
  dimensions: Readonly<Record<string, string>>;
  value: number;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * A line in CloudWatch's embedded metric format.
 *
 * @see CloudWatch User Guide, "Specification: Embedded metric format"
 */
const emfSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().default("None") })),
      }),
    ),
  }),
});
const valuesSchema = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** Parses the metric values of a log line; none when the line is not in this format. */
export function readEmf(line: string): Datum[] {
  if (!line.includes('"_aws"')) return [];
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return [];
  }
  const parsed = emfSchema.safeParse(json);
  if (!parsed.success) return [];
  const { _aws: directive, ...members } = parsed.data;
  return directive.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(members[name])]));
      return Metrics.flatMap(({ Name: name, Unit: unit }) =>
        valuesSchema
          .parse(members[name])
          .map((value) => ({ namespace, name, unit, dimensions, value, at: directive.Timestamp })),
      );
    }),
  );
}
