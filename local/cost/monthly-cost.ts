import { z } from "zod";
import { totalUsd } from "../../shared/console/data/cost-of-run.ts";
import { prices } from "../../shared/console/data/prices.ts";
import type { CostLine } from "../../shared/console/data/report.ts";
import { formatCount } from "../../shared/text/format.ts";
import { metricsNamedIn } from "../metrics/metrics-named-in.ts";
import { callsPerDay, DAYS_PER_MONTH } from "./schedule.ts";

/** What the template does not say. */
const ASSUMED = {
  dumpGb: 0.945,
  /** Work of each layer for a dump of this size. */
  layerSeconds: 300,
  /** A call of pulse or sweep, without a run to look at. */
  idleCallSeconds: 0.3,
  idleCallLogBytes: 1_500,
  runLogBytes: 2_000_000,
  /** Hours of a day in which a run is active, or pulse reads the ledger. */
  activeHours: 3,
  /** Days for which the source keeps its dumps below dumps/; Baton deletes none of them. */
  sourceDumpDays: 30,
  imageGb: 0.6,
  /** Those of the operator and of the dashboards' reader, which are not in the template. */
  otherSecrets: 2,
} as const;

/**
 * An event source mapping with a maximum concurrency keeps five long polls of 20 s open.
 *
 * @see Lambda Developer Guide, "Configuring scaling behavior for SQS event source mappings"
 */
const POLLERS = 5;
const POLL_SECONDS = 20;
const DAY_SECONDS = 86_400;
const GB = 1e9;
const FREE_STORAGE_MB = 512;

const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.looseObject({}).default({}) })),
});
const functionSchema = z.looseObject({
  MemorySize: z.number(),
  EphemeralStorage: z.object({ Size: z.number() }).default({ Size: FREE_STORAGE_MB }),
  VpcConfig: z.object({ SubnetIds: z.array(z.unknown()) }).optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});
type LambdaFunction = z.infer<typeof functionSchema>;

/** The cost of a month. */
export interface MonthlyCost {
  /** Without VPC endpoints. */
  lines: CostLine[];
  endpoints: CostLine;
  /** US dollars. */
  total: { withoutEndpoints: number; withEndpoints: number };
}

/**
 * Computes what an environment costs in a month of daily runs, at list prices without free tiers: from its CloudFormation
 * template, and from assumptions about the dump.
 *
 * @param interfaceEndpoints number of interface endpoints of the VPC's template (deploy/network.yml)
 */
export function monthlyCost(template: string, interfaceEndpoints: number): MonthlyCost {
  const resources = Object.entries(templateSchema.parse(JSON.parse(template)).Resources);
  const ofType = (type: string): Record<string, unknown>[] =>
    resources.flatMap(([, { Type, Properties }]) => (Type === type ? [Properties] : []));
  const functions = new Map(
    resources.flatMap(([id, { Type, Properties }]) =>
      Type === "AWS::Lambda::Function" ? [[id, functionSchema.parse(Properties)] as const] : [],
    ),
  );
  const alarms = ofType("AWS::CloudWatch::Alarm");
  const metrics = metricsNamedIn(template).size;
  // pulse emits at any time the metrics whose absence is an alarm; all others have values while something happens
  const steady = alarms.filter(({ TreatMissingData }) => TreatMissingData === "breaching").length;
  const scheduled = scheduledCalls(ofType("AWS::Events::Rule"), functions);
  const zones = Math.max(0, ...[...functions.values()].map(({ VpcConfig }) => VpcConfig?.SubnetIds.length ?? 0));
  const lines = [
    line("CloudWatch alarms", alarms.length, prices.alarm.usd),
    line("CloudWatch composite alarm", ofType("AWS::CloudWatch::CompositeAlarm").length, prices.compositeAlarm.usd),
    line("CloudWatch dashboard", ofType("AWS::CloudWatch::Dashboard").length, prices.dashboard.usd),
    line("custom metrics with values at any time", steady, prices.metric.usd),
    line(
      `custom metrics with values in ${ASSUMED.activeHours} hours a day`,
      metrics - steady,
      (prices.metric.usd * ASSUMED.activeHours) / 24,
    ),
    ...requestLines(ofType("AWS::Lambda::EventSourceMapping").length, scheduled),
    ...computeLines([...functions.values()], scheduled),
    line("Secrets Manager secrets", secretsIn(template) + ASSUMED.otherSecrets, prices.secret.usd),
    line("KMS key", keysIn(template), prices.key.usd),
    storageLine(ofType("AWS::S3::Bucket")),
    line("ECR, GB of the image", ASSUMED.imageGb, prices.imageGbMonth.usd),
  ];
  const hours = interfaceEndpoints * zones * 24 * DAYS_PER_MONTH;
  const endpoints = line(
    `VPC interface endpoints: ${interfaceEndpoints} in ${zones} zones, hours`,
    hours,
    prices.endpointHour.usd,
  );
  const withoutEndpoints = totalUsd(lines);
  return { lines, endpoints, total: { withoutEndpoints, withEndpoints: withoutEndpoints + endpoints.usd } };
}

function line(what: string, quantity: number, usdEach: number): CostLine {
  const shown = Number.isInteger(quantity) || quantity > 100 ? formatCount(Math.round(quantity)) : quantity.toFixed(2);
  return { what, quantity: shown, usd: quantity * usdEach };
}

/** A function that a schedule calls. */
interface Scheduled extends LambdaFunction {
  callsPerMonth: number;
}

function scheduledCalls(
  rules: readonly Record<string, unknown>[],
  functions: ReadonlyMap<string, LambdaFunction>,
): Scheduled[] {
  return rules.flatMap(({ ScheduleExpression: expression, Targets }) => {
    if (typeof expression !== "string") return [];
    const target = [...functions].find(([id]) => JSON.stringify(Targets).includes(`"${id}"`))?.[1];
    if (target === undefined) throw new Error(`the schedule ${expression} calls no function of the template`);
    return [{ ...target, callsPerMonth: callsPerDay(expression) * DAYS_PER_MONTH }];
  });
}

const sum = <T>(items: readonly T[], valueOf: (item: T) => number): number =>
  items.reduce((total, item) => total + valueOf(item), 0);

/** Idle polling of the queues, and the requests of pulse and sweep. */
function requestLines(mappings: number, scheduled: readonly Scheduled[]): CostLine[] {
  const polls = (mappings * POLLERS * DAY_SECONDS * DAYS_PER_MONTH) / POLL_SECONDS;
  const queuesOf = ({ Environment: { Variables } }: LambdaFunction): number =>
    ["BATON_DEAD_LETTER_QUEUES", "BATON_LAYER_QUEUES"].reduce(
      (count, name) => count + (JSON.stringify(Variables[name] ?? "").match(/\$\{/g)?.length ?? 0),
      0,
    );
  const objectsOf = ({ Environment: { Variables } }: LambdaFunction): number =>
    "BATON_DEAD_LETTER_QUEUES" in Variables ? 2 : 1;
  return [
    line(`SQS, idle polling of ${mappings} event source mappings`, polls, prices.sqsRequest.usd),
    line(
      "SQS, requests of pulse and sweep",
      sum(scheduled, (each) => each.callsPerMonth * queuesOf(each)),
      prices.sqsRequest.usd,
    ),
    line(
      "S3, requests of pulse and sweep",
      sum(scheduled, (each) => each.callsPerMonth * objectsOf(each)),
      prices.s3Get.usd,
    ),
  ];
}

function computeLines(functions: readonly LambdaFunction[], scheduled: readonly Scheduled[]): CostLine[] {
  const layers = functions.filter(({ Environment: { Variables } }) => "BATON_LAYER" in Variables);
  const seconds = ASSUMED.layerSeconds * DAYS_PER_MONTH;
  const calls = sum(scheduled, ({ callsPerMonth }) => callsPerMonth);
  const logGb = (calls * ASSUMED.idleCallLogBytes + DAYS_PER_MONTH * ASSUMED.runLogBytes) / GB;
  return [
    line("Lambda, GB-seconds of layers", sum(layers, ({ MemorySize }) => (MemorySize / 1024) * seconds), prices.lambdaGbSecond.usd),
    line(
      "Lambda, GB-seconds of pulse and sweep",
      sum(scheduled, (each) => (each.MemorySize / 1024) * ASSUMED.idleCallSeconds * each.callsPerMonth),
      prices.lambdaGbSecond.usd,
    ),
    line(
      "Lambda, GB-seconds of storage above 512 MB",
      sum(layers, ({ EphemeralStorage: { Size } }) => ((Size - FREE_STORAGE_MB) / 1024) * seconds),
      prices.lambdaStorageGbSecond.usd,
    ),
    line("Lambda, requests", calls, prices.lambdaRequest.usd),
    line("X-Ray, traces", calls, prices.trace.usd),
    line("CloudWatch Logs, GB", logGb, prices.logGb.usd + prices.logGbMonth.usd),
  ]; // prettier-ignore
}

/** Number of secrets that roles may read. */
function secretsIn(template: string): number {
  return new Set(template.match(/arn:aws[\w-]*:secretsmanager:[^"]+/g) ?? []).size;
}

/** The key of the topics, or the environment's own key. */
function keysIn(template: string): number {
  const own = template.match(/"Type": ?"AWS::KMS::Key"/g)?.length ?? 0;
  return own + new Set(template.match(/arn:aws[\w-]*:kms:[^"]+:key\/[^"]+/g) ?? []).size;
}

/** Dumps of the source and their copies below processed/. */
function storageLine(buckets: readonly Record<string, unknown>[]): CostLine {
  const days = /"Prefix":"processed\/"[^}]*"ExpirationInDays":(\d+)/.exec(JSON.stringify(buckets))?.[1];
  if (days === undefined) throw new Error("no bucket of the template expires processed/");
  const gigabytes = ASSUMED.dumpGb * (Number(days) + ASSUMED.sourceDumpDays);
  return line(`S3, GB of dumps: ${days} days in processed/, ${ASSUMED.sourceDumpDays} in dumps/`, gigabytes, prices.s3GbMonth.usd);
} // prettier-ignore

/** The assumptions as sentences. */
export const costAssumptions: readonly string[] = [
  `A run a day of a dump of ${ASSUMED.dumpGb * 1_000} MB; each layer works ${ASSUMED.layerSeconds / 60} minutes.`,
  `A call of pulse or sweep takes ${ASSUMED.idleCallSeconds} s and logs ${ASSUMED.idleCallLogBytes} bytes; a run logs ${ASSUMED.runLogBytes / 1e6} MB.`,
  `Lambda keeps ${POLLERS} polls of ${POLL_SECONDS} s open for each event source mapping.`,
  `CloudWatch bills a metric for each hour in which it has a value.`,
  "Not counted: the cluster, data transfer, EventBridge, SNS and DynamoDB (below 0.01 USD), free tiers.",
];
