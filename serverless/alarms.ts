// CloudWatch alarms, made from shared/observability/alarm-catalogue.ts and the layer table.
import {
  alarmCatalogue,
  alarmName,
  type AlarmKind,
  type AlarmKindName,
} from "../shared/observability/alarm-catalogue.ts";
import { METRIC_NAMESPACE, metricCatalogue, type MetricName } from "../shared/observability/metric-catalogue.ts";
import { assertNever } from "../shared/errors/assert-never.ts";
import { pascal, type Resource, type Resources } from "./cloudformation.ts";
import type { Watched } from "./layers.ts";
import type { Settings } from "./settings.ts";

type AlarmSettings = Pick<Settings, "stage" | "isLocal">;

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
function subjectsOf({ scope, threshold }: AlarmKind, { layers, queues, functions }: Watched): Subject[] {
  const ofLayers = layers.map((layer) => ({
    subject: layer.name,
    threshold: threshold === "alarmAfterMinutes" ? layer.alarmAfterMinutes : threshold,
    isLast: layer.isLast,
  }));
  if (scope === "every layer") return ofLayers;
  if (threshold === "alarmAfterMinutes") throw new Error(`an alarm of ${scope} has no layer's threshold`);
  switch (scope) {
    case "last layer":
      return ofLayers.filter(({ isLast }) => isLast);
    case "every dead-letter queue":
      return queues.map((subject) => ({ subject, threshold }));
    case "every function":
      return functions.map((subject) => ({ subject, threshold }));
    case "stage":
      return [{ subject: "", threshold }];
    default:
      return assertNever(scope);
  }
}

function metricOf(metric: AlarmKind["metric"], subject: string, stage: string) {
  const [namespace, name] = metric.split(" ");
  if (name !== undefined) {
    const Dimensions = [{ Name: "FunctionName", Value: `baton-${stage}-${subject}` }];
    return { Namespace: namespace, MetricName: name, Statistic: "Sum", Dimensions };
  }
  const Dimensions = [
    { Name: "stage", Value: stage },
    // a metric of the whole environment has the name of the function that emits it
    { Name: "layer", Value: subject === "" ? metricCatalogue[metric as MetricName].emittedBy : subject },
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
  const who = subject === "" ? `Stage ${stage}` : `${pascal(subject)} of stage ${stage}`;
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmName: alarmName(stage, { kind, subject }),
      AlarmDescription: `${who} ${rule.says}. Next: ${rule.next.replace("{subject}", subject)}. docs/runbook.md, ${kind}`,
      ...metricOf(rule.metric, subject, stage),
      Period: rule.periodSeconds,
      EvaluationPeriods: rule.periods,
      DatapointsToAlarm: rule.periods,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold: threshold,
      TreatMissingData: rule.missing,
      // on the emulator such a metric covers all functions at once, so the alarm would be wrong (docs/decisions/027)
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
    subjectsOf(rule, watched).map((subject) => ({
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
