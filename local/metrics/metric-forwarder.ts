import {
  CloudWatchClient,
  paginateDescribeAlarms,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type MetricAlarm,
  type StandardUnit,
} from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { LogReader } from "../../shared/aws/log-reader.ts";
import { METRIC_NAMESPACE } from "../../shared/observability/metric-catalogue.ts";
import { evaluateAlarm, type AlarmRule } from "./evaluate-alarm.ts";
import { readEmf, type Datum } from "./read-emf.ts";

/** Namespace of the values. In METRIC_NAMESPACE the emulator would evaluate the alarms itself, ignoring dimensions. */
export const LOCAL_NAMESPACE = `${METRIC_NAMESPACE}.local`;

/** Longer than the evaluation range of every alarm. */
const KEEP_MS = 4 * 3_600_000;
/** The emulator does not limit a function's memory, so this percentage is meaningless there. */
const NOT_LIMITED = "MemoryUsedPercent";
/** Most values in one call. @see CloudWatch API Reference, PutMetricData */
const MAX_DATA = 1_000;

/** Options of a forwarder. */
export interface ForwarderOptions {
  /** Only functions and alarms of this environment; by default of all. */
  stage?: string;
  /** CloudWatch already has the values up to this time (ms); they are only used for alarms. */
  since?: number;
  /** Multiplies the periods of alarms, for tests that cannot wait for minutes. */
  periodScale?: number;
}

/**
 * Replaces two features of CloudWatch on the local stack: creates metrics from logs in the embedded metric format, and
 * evaluates the alarms on them (docs/decisions/alerts/027).
 */
export class MetricForwarder {
  readonly #cloudWatch: CloudWatchClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #reader: LogReader;
  readonly #groupPrefix: string;
  readonly #periodScale: number;
  readonly #alarmPrefix: string;
  readonly #startedAt = Date.now();
  readonly #since: number;
  readonly #points = new Map<string, { value: number; at: number }[]>();

  /** The emulator's address and key are in the environment. */
  constructor(options: ForwarderOptions = {}) {
    this.#cloudWatch = new CloudWatchClient({});
    this.#logs = new CloudWatchLogsClient({});
    const name = options.stage === undefined ? "baton-" : `baton-${options.stage}-`;
    this.#reader = new LogReader(this.#logs);
    this.#groupPrefix = `/aws/lambda/${name}`;
    this.#alarmPrefix = name;
    this.#since = options.since ?? 0;
    this.#periodScale = options.periodScale ?? 1;
  }

  /** Forwards new values, then evaluates the alarms. @returns the new values */
  async forward(): Promise<Datum[]> {
    const lines = await this.#reader.nextOfAll(this.#groupPrefix);
    const data = lines.flatMap(({ message }) => readEmf(message));
    const news = data.filter(({ at }) => at > this.#since);
    for (let start = 0; start < news.length; start += MAX_DATA) await this.#put(news.slice(start, start + MAX_DATA));
    for (const datum of data) this.#remember(datum);
    await this.#judgeAlarms();
    return data;
  }

  close(): void {
    this.#cloudWatch.destroy();
    this.#logs.destroy();
  }

  async #put(data: readonly Datum[]): Promise<void> {
    await this.#cloudWatch.send(
      new PutMetricDataCommand({
        Namespace: LOCAL_NAMESPACE,
        MetricData: data.map(({ name, unit, dimensions, value, at }) => ({
          MetricName: name,
          // the catalogue uses CloudWatch's units
          Unit: unit as StandardUnit,
          Value: value,
          Timestamp: new Date(at),
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
      }),
    );
  }

  #remember({ namespace, name, dimensions, value, at }: Datum): void {
    const key = keyOf(namespace, name, dimensions);
    const recent = (this.#points.get(key) ?? []).filter((point) => point.at > Date.now() - KEEP_MS);
    this.#points.set(key, [...recent, { value, at }]);
  }

  async #judgeAlarms(): Promise<void> {
    const pages = paginateDescribeAlarms({ client: this.#cloudWatch }, { AlarmNamePrefix: this.#alarmPrefix });
    for await (const { MetricAlarms = [] } of pages) {
      const judged = MetricAlarms.filter(({ Namespace, MetricName }) => {
        return Namespace === METRIC_NAMESPACE && MetricName !== NOT_LIMITED;
      });
      for (const alarm of judged) {
        await this.#judge(alarm);
      }
    }
  }

  async #judge(alarm: MetricAlarm): Promise<void> {
    const { AlarmName, MetricName = "", StateValue = "INSUFFICIENT_DATA", Dimensions = [] } = alarm;
    const dimensions = Object.fromEntries(Dimensions.map(({ Name = "", Value = "" }) => [Name, Value]));
    const points = this.#points.get(keyOf(METRIC_NAMESPACE, MetricName, dimensions)) ?? [];
    const rule = this.#ruleOf(alarm);
    const now = Date.now();
    // periods before the start have no data because nothing was reading it
    const hasLookedLongEnough = now - this.#startedAt > rule.periodMs * (rule.evaluationPeriods + 2);
    if (points.length === 0 && !hasLookedLongEnough) return;
    const { state, value } = evaluateAlarm(rule, points, now, StateValue);
    if (state === StateValue) return;
    const seen = value === undefined ? "no data" : `${Math.round(value * 100) / 100}`;
    const reason = `${MetricName} is ${seen}; in ALARM at ${alarm.Threshold ?? 0} and above`;
    await this.#cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: state, StateReason: reason }));
  }

  #ruleOf({ Period, EvaluationPeriods = 1, DatapointsToAlarm, Threshold, TreatMissingData }: MetricAlarm): AlarmRule {
    return {
      periodMs: (Period ?? 60) * 1_000 * this.#periodScale,
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: DatapointsToAlarm ?? EvaluationPeriods,
      threshold: Threshold ?? 0,
      // the template uses only these values
      treatMissingData: (TreatMissingData ?? "missing") as AlarmRule["treatMissingData"],
    };
  }
}

function keyOf(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): string {
  const parts = Object.entries(dimensions).map(([dimension, value]) => `${dimension}=${value}`);
  return [namespace, name, ...parts.sort()].join("|");
}
