import { generateSample, sampleDays } from "../../../local/sample/sample.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import type { CheckResult } from "../../../shared/quality/check-result.ts";
import { MONTH_DAYS, planMonth, type Anomaly, type MonthPlan } from "./month-plan.ts";
import { dumpOf, SourceHistory, type ArrivingDump, type CheckedDay } from "./source-history.ts";

/** Number of days for which dumps that may arrive again are stored. */
const KEPT_DAYS = 8;

/** A finding and the number of its day. */
export interface DayFinding extends CheckResult {
  day: number;
}

/** The results of a month. */
export interface MonthOutcome {
  plan: MonthPlan;
  days: CheckedDay[];
  /** Anomalies, with the findings of each on its first day. */
  found: { anomaly: Anomaly; findings: DayFinding[] }[];
  missed: Anomaly[];
  /** Findings on a day on which no anomaly began. */
  falseAlarms: DayFinding[];
  /** Additional findings on a day on which an anomaly began: a stale dump also has fewer rows, for example. */
  besides: DayFinding[];
}

/**
 * Takes a drawn month through loader, profiles and checks on a real server. The findings of a lasting anomaly are
 * accepted, as an operator accepts a permanent change.
 */
export async function runPlannedMonth(
  warehouse: WarehouseConfig,
  { sizeBytes, seed }: { sizeBytes: number; seed: number },
): Promise<MonthOutcome> {
  const history = await SourceHistory.open(warehouse);
  const first = generateSample({ sizeBytes, seed, date: "2026-02-01" });
  const plan = planMonth(seed, first.contents, history.rules);
  const outcome: MonthOutcome = { plan, days: [], found: [], missed: [], falseAlarms: [], besides: [] };
  const kept = new Map<number, ArrivingDump>();
  try {
    let day = 0;
    for (const sample of sampleDays({ sizeBytes, seed, date: plan.date, days: MONTH_DAYS })) {
      const present = plan.anomalies.filter((anomaly) => anomaly.day <= day && day < anomaly.until);
      const begins = present.filter((anomaly) => anomaly.day === day);
      kept.set(
        day,
        dumpOf(
          sample,
          present.flatMap((anomaly) => anomaly.faults(sample.contents)),
        ),
      );
      kept.delete(day - KEPT_DAYS);
      const from = begins.find(({ arrivesFrom }) => arrivesFrom !== undefined)?.arrivesFrom ?? day;
      const arriving = kept.get(from);
      if (arriving !== undefined && !plan.missing.has(day)) {
        const isAccepted = (finding: CheckResult): boolean =>
          begins.some((anomaly) => anomaly.until > day + 1 && anomaly.isReportedBy(finding));
        const checked = await history.take({ ...arriving, businessDate: sample.businessDate }, isAccepted);
        outcome.days.push(checked);
        judge(
          outcome,
          begins,
          checked.findings.map((finding) => ({ ...finding, day })),
        );
      }
      day += 1;
    }
  } finally {
    await history.close();
  }
  return outcome;
}

function judge(outcome: MonthOutcome, begins: readonly Anomaly[], findings: readonly DayFinding[]): void {
  for (const anomaly of begins) {
    const told = findings.filter((finding) => anomaly.isReportedBy(finding));
    if (told.length === 0) outcome.missed.push(anomaly);
    else outcome.found.push({ anomaly, findings: told });
  }
  const others = findings.filter((finding) => !begins.some((anomaly) => anomaly.isReportedBy(finding)));
  (begins.length === 0 ? outcome.falseAlarms : outcome.besides).push(...others);
}
