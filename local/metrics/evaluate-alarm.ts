/** The properties of a metric alarm that determine its state. */
export interface AlarmRule {
  periodMs: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  treatMissingData: "breaching" | "notBreaching" | "ignore" | "missing";
}

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** One value of the alarm's metric. */
export interface AlarmPoint {
  value: number;
  /** Milliseconds since the epoch. */
  at: number;
}

/** CloudWatch evaluates more periods than it needs, to find real values. */
const SPARE_PERIODS = 2;

/**
 * The state of an alarm on a metric's maximum, "greater than or equal to" its threshold, by CloudWatch's rules.
 *
 * @param current the current state, which `ignore` preserves
 * @see CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data"
 */
export function evaluateAlarm(
  rule: AlarmRule,
  points: readonly AlarmPoint[],
  now: number,
  current: AlarmState,
): { state: AlarmState; value: number | undefined } {
  const { periodMs, evaluationPeriods, datapointsToAlarm, threshold, treatMissingData } = rule;
  const periods = Array.from({ length: evaluationPeriods + SPARE_PERIODS }, (_, index) =>
    maximumOf(points.filter(({ at }) => at <= now - index * periodMs && at > now - (index + 1) * periodMs)),
  );
  const real = periods.filter((value) => value !== undefined).slice(0, evaluationPeriods);
  const breaching = real.filter((value) => value >= threshold).length;
  const missing = evaluationPeriods - real.length;
  const value = real[0];
  const stateFor = (missingBreach: number): AlarmState =>
    breaching + missingBreach >= datapointsToAlarm ? "ALARM" : "OK";
  switch (treatMissingData) {
    case "breaching":
      return { state: stateFor(missing), value };
    case "notBreaching":
      return { state: stateFor(0), value };
    case "ignore":
      return { state: breaching === real.length && breaching < datapointsToAlarm ? current : stateFor(0), value };
    case "missing":
      return { state: real.length === 0 ? "INSUFFICIENT_DATA" : stateFor(0), value };
  }
}

function maximumOf(points: readonly AlarmPoint[]): number | undefined {
  return points.length === 0 ? undefined : Math.max(...points.map(({ value }) => value));
}
