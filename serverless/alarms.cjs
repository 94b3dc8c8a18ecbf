"use strict";
// CloudWatch alarms, made from shared/observability/alarm-catalogue.ts and the layer table.
const { alarmCatalogue, alarmName } = require("../shared/observability/alarm-catalogue.ts");
const { METRIC_NAMESPACE } = require("../shared/observability/metric-catalogue.ts");

const pascal = (name) => name.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase());

/** When notify itself is broken no alert leaves: these alarms tell people directly, in CloudWatch's own words. */
const tellsDirectly = (kind, subject) => subject === "notify" && ["errors", "dlq-not-empty"].includes(kind);

/** Whom a kind of alarm looks at, with the threshold. */
function subjectsOf({ scope, threshold }, kind, { layers, queues, functions }) {
  switch (scope) {
    case "every layer":
      return layers.map(({ name, alarmAfterMinutes }) => ({
        subject: name,
        threshold: kind === "overdue" ? alarmAfterMinutes : threshold,
      }));
    case "last layer":
      return layers.filter(({ isLast }) => isLast).map(({ name }) => ({ subject: name, threshold }));
    case "every dead-letter queue":
      return queues.map((subject) => ({ subject, threshold }));
    case "every function":
      return functions.map((subject) => ({ subject, threshold }));
    case "stage":
      return [{ subject: "", threshold }];
    default:
      throw new Error(`unknown scope ${scope}`);
  }
}

function metricOf(metric, subject, stage) {
  const [namespace, name] = metric.split(" ");
  if (name !== undefined) {
    const Dimensions = [{ Name: "FunctionName", Value: `baton-${stage}-${subject}` }];
    return { Namespace: namespace, MetricName: name, Statistic: "Sum", Dimensions };
  }
  const Dimensions = [
    { Name: "stage", Value: stage },
    { Name: "layer", Value: subject === "" ? "pulse" : subject },
  ];
  return { Namespace: METRIC_NAMESPACE, MetricName: metric, Statistic: "Maximum", Dimensions };
}

function alarm(kind, rule, { subject, threshold }, settings) {
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
      // the emulator judges these itself, over all functions at once (docs/decisions/027)
      ...(settings.isLocal && rule.metric.includes(" ") && { ActionsEnabled: false }),
      AlarmActions: [{ Ref: "AlarmsTopic" }, ...(tellsDirectly(kind, subject) ? [{ Ref: "AlertsTopic" }] : [])],
      OKActions: [{ Ref: "AlarmsTopic" }],
    },
  };
}

/**
 * All alarms of a stage by resource id.
 *
 * @param watched layers of the table, names of the dead-letter queues and of the functions
 */
module.exports = (watched, settings) => {
  const alarms = Object.entries(alarmCatalogue).flatMap(([kind, rule]) =>
    subjectsOf(rule, kind, watched).map((which) => ({
      id: `${pascal(which.subject)}${pascal(kind)}Alarm`,
      severity: rule.severity,
      resource: alarm(kind, rule, which, settings),
    })),
  );
  return { ...Object.fromEntries(alarms.map(({ id, resource }) => [id, resource])), ...health(alarms, settings) };
};

/** In ALARM while any alarm of severity error is. The emulator's CloudFormation has no such type: local/deploy.ts. */
function health(alarms, { isLocal, stage }) {
  if (isLocal) return {};
  const errors = alarms.filter(({ severity }) => severity === "error");
  return {
    HealthAlarm: {
      Type: "AWS::CloudWatch::CompositeAlarm",
      DependsOn: errors.map(({ id }) => id),
      Properties: {
        AlarmName: `baton-${stage}-healthy`,
        AlarmDescription: "Baton is healthy: OK while no alarm of severity error is on. docs/runbook.md",
        AlarmRule: errors.map(({ resource }) => `ALARM("${resource.Properties.AlarmName}")`).join(" OR "),
      },
    },
  };
}
