import type { Pool } from "mysql2/promise";
import { differencesFrom } from "./compare-table.ts";
import { expectedGold, type ExpectedGold } from "./expected-gold.ts";
import { expectedSeeds } from "./expected-seeds.ts";
import { expectedSilver, type ExpectedSilver } from "./expected-silver.ts";
import type { Row } from "./read-rows.ts";
import { historyFrom, rowsFromStaging } from "./rows-from-staging.ts";
import type { HistoryRow } from "./silver/tenant-status-history.ts";
import type { SourceDay } from "./source-day.ts";

/** The figures of a day in both layers. */
export interface Expected {
  silver: ExpectedSilver;
  gold: ExpectedGold;
}

/**
 * What both layers must hold for a day.
 *
 * @param publishedHistory tenant_status_history as it was published before the day's run
 */
export function expectedFigures(day: SourceDay, publishedHistory: readonly HistoryRow[]): Expected {
  const silver = expectedSilver(day, { publishedHistory });
  // run_id is not compared
  return { silver, gold: expectedGold(silver, { businessDate: day.businessDate, runId: "" }) };
}

/** All differences of seeds, silver and gold, in lines for people; empty when every figure is right. */
export async function warehouseDifferences(
  pool: Pool,
  schemaPrefix: string,
  { silver, gold }: Expected,
): Promise<string> {
  const layers: Record<string, Record<string, readonly object[]>> = { seeds: expectedSeeds(), silver, gold };
  const lines: string[] = [];
  for (const [layer, tables] of Object.entries(layers)) {
    for (const [table, rows] of Object.entries(tables)) {
      // rows of the oracle are flat records of text, numbers and NULL
      lines.push(...(await differencesFrom(pool, `${schemaPrefix}${layer}`, table, rows as readonly Row[])));
    }
  }
  return lines.join("\n");
}

/**
 * Checks a warehouse whose staging, silver and gold are live, for any dump that was loaded into it. The history is
 * held against itself run again: that changes nothing where it is right.
 *
 * @returns the differences; empty when there are none
 */
export async function checkWarehouse(pool: Pool, schemaPrefix: string, businessDate: string): Promise<string> {
  const day = await rowsFromStaging(pool, `${schemaPrefix}staging`, businessDate);
  const history = await historyFrom(pool, `${schemaPrefix}silver`);
  return warehouseDifferences(pool, schemaPrefix, expectedFigures(day, history));
}
