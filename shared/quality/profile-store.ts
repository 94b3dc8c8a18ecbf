import type { Pool, RowDataPacket } from "mysql2/promise";
import type { ColumnProfile, DayProfile, PastDay, TableProfile } from "./table-profile.ts";
import { inTransaction } from "../warehouse/connection/transaction.ts";
import { fromJson } from "../ledger/schema/rows.ts";

/** A table's content in a run, and the recipe of its profile. */
export interface TableContent {
  table: string;
  contentHash: string;
  recipe: string;
}

interface ProfileRow extends RowDataPacket {
  table_name: string;
  content_hash: string;
  row_count: number;
  newest_change: Date | null;
  columns: ColumnProfile[] | string;
}

/** Profiles of source tables in the ledger: one per content, which several runs can share. */
export class ProfileStore {
  readonly #pool: Pool;
  /** Cache of profiles by content, so that the history of an unchanged table is parsed once. */
  readonly #parsed = new Map<string, TableProfile>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Returns the existing profiles of these contents, by table. */
  async find(contents: readonly TableContent[]): Promise<Map<string, TableProfile>> {
    if (contents.length === 0) return new Map();
    const [rows] = await this.#pool.query<ProfileRow[]>(
      `SELECT table_name, content_hash, row_count, newest_change, columns FROM table_profile
        WHERE (table_name, content_hash, recipe) IN (${contents.map(() => "(?, ?, ?)").join(", ")})`,
      contents.flatMap(({ table, contentHash, recipe }) => [table, contentHash, recipe]),
    );
    return new Map(rows.map((row) => [row.table_name, this.#profileOf(row)]));
  }

  /** Saves profiles in one statement: a commit per table would cost more than reading the tables. */
  async save(profiles: readonly (TableProfile & { recipe: string })[]): Promise<void> {
    if (profiles.length === 0) return;
    await this.#pool.query(
      `INSERT INTO table_profile (table_name, content_hash, recipe, row_count, newest_change, columns, profiled_at)
        VALUES ${profiles.map(() => "(?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))").join(", ")}
        ON DUPLICATE KEY UPDATE columns = VALUES(columns)`,
      profiles.flatMap(({ table, contentHash, recipe, rows, newestChange, columns }) => [
        ...[table, contentHash, recipe, rows, newestChange, JSON.stringify(columns)],
      ]),
    );
  }

  /** Records the contents of a run and replaces those of an earlier attempt. */
  async recordRun(runId: string, businessDate: string, contents: readonly TableContent[]): Promise<void> {
    await inTransaction(this.#pool, async (connection) => {
      await connection.query("DELETE FROM run_table WHERE run_id = ?", [runId]);
      if (contents.length === 0) return;
      await connection.query(
        `INSERT INTO run_table (run_id, business_date, table_name, content_hash, recipe)
          VALUES ${contents.map(() => "(?, ?, ?, ?, ?)").join(", ")}`,
        contents.flatMap(({ table, contentHash, recipe }) => [runId, businessDate, table, contentHash, recipe]),
      );
    });
  }

  /** Returns the tables of a run; undefined when it was not profiled. */
  async day(runId: string): Promise<DayProfile | undefined> {
    const [day] = await this.#days(
      "SELECT run_id, business_date FROM run_table WHERE run_id = ? GROUP BY run_id, business_date",
      [runId],
    );
    return day;
  }

  /**
   * Returns the published days before a business date, oldest first: for each day the last published run, with the
   * names of the checks that it did not pass.
   *
   * @param days length of the history in days
   */
  async history(businessDate: string, days: number): Promise<PastDay[]> {
    const past = await this.#days(
      `SELECT run.run_id, run.business_date FROM run
        WHERE run.business_date < ? AND run.business_date >= DATE_SUB(?, INTERVAL ? DAY)
          AND run.seq = (SELECT MAX(same_day.seq) FROM run AS same_day
            JOIN publication ON publication.run_id = same_day.run_id
              AND publication.layer = 'staging' AND publication.state = 'done'
            WHERE same_day.business_date = run.business_date)`,
      [businessDate, businessDate, days],
    );
    if (past.length === 0) return [];
    const [findings] = await this.#pool.query<(RowDataPacket & { run_id: string; test: string })[]>(
      `SELECT DISTINCT run_id, test FROM quality_result WHERE layer = 'staging' AND status <> 'pass' AND run_id IN (?)`,
      [past.map(({ runId }) => runId)],
    );
    const byRun = Map.groupBy(findings, ({ run_id }) => run_id);
    return past.map((day) => ({
      ...day,
      findings: new Set((byRun.get(day.runId) ?? []).map(({ test }) => test)),
    }));
  }

  /** Reads the days that a query selects (`run_id`, `business_date`), oldest first. */
  async #days(chosen: string, parameters: unknown[]): Promise<DayProfile[]> {
    const [rows] = await this.#pool.query<
      (RowDataPacket & {
        run_id: string;
        business_date: string;
        table_name: string;
        content_hash: string;
        recipe: string;
      })[]
    >(
      `SELECT run_table.* FROM run_table JOIN (${chosen}) AS chosen ON chosen.run_id = run_table.run_id
        ORDER BY run_table.business_date, run_table.table_name`,
      parameters,
    );
    const unread = new Map(rows.map((row) => [keyOf(row), row] as const).filter(([key]) => !this.#parsed.has(key)));
    if (unread.size > 0) {
      const contents = [...unread.values()];
      const [profiles] = await this.#pool.query<(ProfileRow & { recipe: string })[]>(
        `SELECT table_name, content_hash, recipe, row_count, newest_change, columns FROM table_profile
          WHERE (table_name, content_hash, recipe) IN (${contents.map(() => "(?, ?, ?)").join(", ")})`,
        contents.flatMap((row) => [row.table_name, row.content_hash, row.recipe]),
      );
      for (const profile of profiles) this.#parsed.set(keyOf(profile), this.#profileOf(profile));
    }
    const byRun = Map.groupBy(rows, ({ run_id }) => run_id);
    return [...byRun].map(([runId, tables]) => ({
      runId,
      businessDate: tables[0]?.business_date ?? "",
      tables: new Map(
        tables.flatMap((row) => {
          const profile = this.#parsed.get(keyOf(row));
          return profile === undefined ? [] : [[row.table_name, profile] as const];
        }),
      ),
    }));
  }

  #profileOf(row: ProfileRow): TableProfile {
    return {
      table: row.table_name,
      contentHash: row.content_hash,
      rows: Number(row.row_count),
      newestChange: row.newest_change,
      columns: fromJson<ColumnProfile[]>(row.columns) ?? [],
    };
  }
}

function keyOf(row: { table_name: string; content_hash: string; recipe: string }): string {
  return `${row.table_name} ${row.content_hash} ${row.recipe}`;
}
