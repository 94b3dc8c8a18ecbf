// CloudWatch alarms, made from shared/observability/alarm-catalogue.ts and the layer table.
import {
  alarmCatalogue,
  alarmName,
  type AlarmKind,
  type AlarmKindName,
} from "../shared/observability/alarm-catalogue.ts";
import { METRIC_NAMESPACE, metricCatalogue, type MetricName } from "../shared/observability/metric-catalogue.ts";
import { pascal, type Resource, type Resources } from "./cloudformation.ts";
import type { Watched } from "./layers.ts";
import type { Settings } from "./settings.ts";
import { subjectsOf } from "./subjects.ts";

type AlarmSettings = Pick<Settings, "stage" | "isLocal" | "source" | "runDeadline">;

/** A dump is made this long before the run that loads it is requested, at most. */
const DUMP_LEAD_MINUTES = 90;
const DAY_MINUTES = 24 * 60;

/** Without notify no alert is sent, so these alarms also go directly to the alerts topic, with CloudWatch's text. */
function isDirect(kind: AlarmKindName, subject: string): boolean {
  return subject === "notify" && ["errors", "dlq-not-empty"].includes(kind);
}

/** The resource or metric dimension that one alarm watches. */
interface Subject {
  /** Layer, queue or function; empty for the whole environment. */
  subject: string;
  threshold: number;
}

/** The subjects of a kind of alarm, with the threshold of each. */
function alarmSubjectsOf({ scope, threshold }: AlarmKind, watched: Watched): Subject[] {
  const subjects = scope === "stage" ? [""] : subjectsOf(scope, watched);
  return subjects.map((subject) => ({ subject, threshold: thresholdOf(threshold, subject, watched) }));
}

function thresholdOf(threshold: AlarmKind["threshold"], subject: string, { layers }: Watched): number {
  if (threshold !== "alarmAfterMinutes") return threshold;
  const layer = layers.find(({ name }) => name === subject);
  if (layer === undefined) throw new Error(`the threshold alarmAfterMinutes is only for layers, not for ${subject}`);
  return layer.alarmAfterMinutes;
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Periods from the dump of a day to the deadline of its run; CloudWatch allows a day at most. */
function periodsOf({ periods, periodSeconds }: AlarmKind, { source, runDeadline }: AlarmSettings): number {
  if (periods !== "untilDeadline") return periods;
  const deadline = runDeadline === "" ? source.deadline : runDeadline;
  const run = (minuteOf(deadline) - minuteOf(source.schedule) + DAY_MINUTES) % DAY_MINUTES;
  return Math.ceil((Math.min(DUMP_LEAD_MINUTES + run, DAY_MINUTES) * 60) / periodSeconds);
}

/** The function that emits the metric of an alarm of the whole environment. */
function emitterOf(metric: MetricName): string {
  const { scope } = metricCatalogue[metric];
  if (scope === "pulse" || scope === "sweep") return scope;
  throw new Error(`an alarm of scope stage needs a metric of pulse or sweep; ${metric} is of ${scope}`);
}

function metricOf(metric: AlarmKind["metric"], subject: string, stage: string) {
  if (metric === "AWS/Lambda Errors") {
    const Dimensions = [{ Name: "FunctionName", Value: `baton-${stage}-${subject}` }];
    return { Namespace: "AWS/Lambda", MetricName: "Errors", Statistic: "Sum", Dimensions };
  }
  const Dimensions = [
    { Name: "stage", Value: stage },
    { Name: "layer", Value: subject === "" ? emitterOf(metric) : subject },
  ];
  return { Namespace: METRIC_NAMESPACE, MetricName: metric, Statistic: "Maximum", Dimensions };
}

function alarm(
  kind: AlarmKindName,
  rule: AlarmKind,
  { subject, threshold }: Subject,
  settings: AlarmSettings,
): Resource {
  const { stage } = settings;
  const periods = periodsOf(rule, settings);
  const who = subject === "" ? `Environment ${stage}` : `${pascal(subject)} of environment ${stage}`;
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmName: alarmName(stage, { kind, subject }),
      AlarmDescription: `${who} ${rule.alarmText}. Next: ${rule.next.replace("{subject}", subject)}. docs/runbook.md, ${kind}`,
      ...metricOf(rule.metric, subject, stage),
      Period: rule.periodSeconds,
      EvaluationPeriods: periods,
      DatapointsToAlarm: periods,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold: threshold,
      TreatMissingData: rule.missing,
      // on the emulator such a metric covers all functions at once, so the alarm would be wrong (docs/decisions/alerts/027)
      ...(settings.isLocal && rule.metric.includes(" ") && { ActionsEnabled: false }),
      AlarmActions: [{ Ref: "AlarmsTopic" }, ...(isDirect(kind, subject) ? [{ Ref: "AlertsTopic" }] : [])],
      OKActions: [{ Ref: "AlarmsTopic" }],
    },
  };
}

/** All alarms of an environment. */
export function alarms(watched: Watched, settings: AlarmSettings): Resources {
  const kinds = Object.entries(alarmCatalogue) as [AlarmKindName, AlarmKind][]; // Object.entries loses the key type
  const all = kinds.flatMap(([kind, rule]) =>
    alarmSubjectsOf(rule, watched).map((subject) => ({
      id: `${pascal(subject.subject)}${pascal(kind)}Alarm`,
      severity: rule.severity,
      resource: alarm(kind, rule, subject, settings),
    })),
  );
  const errors = all.filter(({ severity }) => severity === "error");
  return {
    ...Object.fromEntries(all.map(({ id, resource }) => [id, resource])),
    // the emulator's CloudFormation does not have this type: local/deploy.ts creates the alarm
    ...(!settings.isLocal && {
      HealthAlarm: {
        Type: "AWS::CloudWatch::CompositeAlarm",
        DependsOn: errors.map(({ id }) => id),
        Properties: {
          AlarmName: `baton-${settings.stage}-healthy`,
          AlarmDescription: "Baton is healthy: OK while no alarm of severity error is on. docs/runbook.md",
          AlarmRule: errors.map(({ resource }) => `ALARM("${String(resource.Properties["AlarmName"])}")`).join(" OR "),
        },
      },
    }),
  };
}
