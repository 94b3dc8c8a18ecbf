import { assertNever } from "../../errors/assert-never.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import type { TablePlan } from "../definitions/rebuild-table.ts";
import type { IndexedTable } from "../index/dump-index.ts";
import { addKeys } from "./add-keys.ts";
import { checkRows, recordComplete } from "./complete-tables.ts";
import { planColumns } from "./column-plan.ts";
import type { LoadSession } from "./load-session.ts";
import type { LoadTarget } from "./load-target.ts";
import { createTable, planTable, readColumns, readDefinition, type ServerColumns } from "./make-table.ts";
import { sendPart } from "./send-part.ts";
import { partsOf, type PlannedPart } from "./table-parts.ts";
import { KEYED, type TableRecord } from "./table-records.ts";
import { countRows } from "./table-signature.ts";

const TINY_BYTES = 64 * 1024;
const NONE: ReadonlyMap<number, number> = new Map();

/** The progress of loading a table. */
type Phase =
  | { is: "waiting" }
  /** Its rows are being loaded. `start` says whether an earlier attempt left rows. */
  | {
      is: "rows";
      start: "empty" | "resumed";
      pending: PlannedPart[];
      running: number;
      rows: number;
      /** True when the server numbers the rows of a part. */
      isNumbered: boolean;
      steps: "one" | "several";
    }
  /** An earlier attempt loaded everything except its foreign keys. */
  | { is: "keyed" };

/** Loads one table: creates it, loads its rows part by part, adds its keys, checks it and records it as complete. */
export class TableLoad {
  readonly table: IndexedTable;
  readonly target: LoadTarget;
  private readonly plan: TablePlan;
  private phase: Phase = { is: "waiting" };
  private allowedWarnings = 0;

  /** @throws PermanentError DUMP_DEFINITION when the definition is not allowed */
  constructor(table: IndexedTable, target: LoadTarget) {
    this.table = table;
    this.target = target;
    this.plan = planTable(table, target);
  }

  /** Harmless warnings of the server so far. */
  get warnings(): number {
    return this.allowedWarnings;
  }

  /** Bytes not yet loaded. */
  get pendingBytes(): number {
    return this.phase.is === "rows" ? this.phase.pending.reduce((sum, part) => sum + part.bytes, 0) : 0;
  }

  /** True while another session can help: MariaDB runs one LOAD DATA at a time on a table with AUTO_INCREMENT. */
  get canBeShared(): boolean {
    const { phase, table, target } = this;
    if (phase.is !== "rows" || phase.pending.length === 0) return false;
    if (phase.isNumbered) return false;
    const counts = table.definition.columns.some((column) => column.isAutoIncrement);
    return !counts || target.server.hasInterleavedAutoIncrement;
  }

  /** True when no part is pending or running. */
  get isFilled(): boolean {
    return this.phase.is !== "rows" || (this.phase.pending.length === 0 && this.phase.running === 0);
  }

  /** Creates the table, or continues after an earlier attempt. */
  async begin(session: LoadSession): Promise<void> {
    const { records, schema, started } = this.target;
    const { name, contentHash } = this.table;
    const definition = started.has(name) ? await readDefinition(session, schema, name) : undefined;
    const done = definition === undefined ? NONE : await records.parts(session, name, contentHash);
    if (done.has(KEYED)) {
      this.phase = { is: "keyed" };
      return;
    }
    const isResumed = done.size > 0 && this.isOpenForRows(definition);
    if (!isResumed) {
      // DROP TABLE writes to disk as much as CREATE TABLE, even for a missing table, so it runs only when needed
      if (definition !== undefined) {
        await session.run(`DROP TABLE ${quoteTable(schema, name)}`);
        await records.forget(session, [name]);
      }
      await this.create(session);
    }
    const columnsOf = await readColumns(session, schema, [name]);
    const parts = this.planParts(columnsOf(name));
    this.phase = {
      ...{ is: "rows", running: 0, isNumbered: parts.some(({ plan }) => plan.isNumbered) },
      steps: parts.length === 1 && this.plan.addKeys.length === 0 ? "one" : "several",
      ...(isResumed
        ? { start: "resumed", pending: parts.filter((part) => !done.has(part.number)), rows: sum(done.values()) }
        : { start: "empty", pending: parts, rows: 0 }),
    };
  }

  /** True for a new table with few rows, all of whose keys are created with it. */
  get isTiny(): boolean {
    const { table, plan, target } = this;
    const hasAllKeys = plan.addKeys.length === 0 && plan.addForeignKeys === undefined;
    return hasAllKeys && table.bytes < TINY_BYTES && !target.started.has(table.name);
  }

  /** Creates the table. */
  async create(session: LoadSession): Promise<void> {
    await createTable(session, this.table, this.plan);
  }

  /** Loads all rows, without secondary keys and records. */
  async loadRows(session: LoadSession, columns: ServerColumns): Promise<void> {
    for (const part of this.planParts(columns)) await this.send(session, part);
  }

  /** True while the secondary keys are missing: one ALTER adds them and resets the table's setting for statistics. */
  private isOpenForRows(definition: string | undefined): boolean {
    if (definition === undefined) return false;
    return this.plan.addKeys.length === 0 || definition.includes("STATS_AUTO_RECALC=0");
  }

  private planParts(columns: ServerColumns): PlannedPart[] {
    const parts = Map.groupBy(partsOf(this.table), ({ shape }) => shape);
    const planned = [...parts].flatMap(([shape, alike]) => {
      const plan = planColumns(shape, columns, this.target.server.dialect);
      return alike.map((part) => ({ ...part, plan }));
    });
    return planned.sort((one, other) => one.number - other.number);
  }

  /** Loads the next part, if any; returns its bytes. */
  async loadNext(session: LoadSession): Promise<number | undefined> {
    const { phase } = this;
    const part = phase.is === "rows" ? phase.pending.shift() : undefined;
    if (phase.is !== "rows" || part === undefined) return undefined;
    phase.running += 1;
    try {
      const rows = await this.loadPart(session, part, phase.steps);
      phase.rows += rows;
    } finally {
      phase.running -= 1;
    }
    return part.bytes;
  }

  private async loadPart(session: LoadSession, part: PlannedPart, steps: "one" | "several"): Promise<number> {
    const { table, target } = this;
    const { name, contentHash } = table;
    if (steps === "several") await session.run("START TRANSACTION");
    const rows = await this.send(session, part);
    // a later attempt repeats the only step of a table
    if (steps === "one") return rows;
    await target.records.addPart(session, { table: name, part: part.number, contentHash, rows });
    await session.run("COMMIT");
    return rows;
  }

  private async send(session: LoadSession, part: PlannedPart): Promise<number> {
    const { table, target } = this;
    const options = { table: table.name, part, target, replaced: this.plan.replaced };
    const { rows, warningCount } = await sendPart(session, options);
    this.allowedWarnings += warningCount;
    return rows;
  }

  /**
   * Checks the number of rows, adds keys, updates statistics and records the table as complete.
   *
   * @returns undefined when foreign keys are still missing
   */
  async addKeys(session: LoadSession): Promise<TableRecord | undefined> {
    const { phase } = this;
    const { name: table, contentHash, rows } = this.table;
    const isOpen = this.plan.addForeignKeys !== undefined;
    switch (phase.is) {
      case "waiting":
        throw new TypeError(`${this.table.name} was not started`);
      case "keyed":
        break;
      case "rows":
        checkRows(this.table, phase.rows);
        for (const statement of this.plan.addKeys) await this.alter(session, statement);
        await this.analyze(session);
        // this attempt did not see how many rows an earlier one loaded
        if (phase.start === "resumed") checkRows(this.table, await countRows(session, this.target.schema, table));
        if (isOpen) await this.target.records.addPart(session, { table, part: KEYED, contentHash, rows });
        break;
      default:
        assertNever(phase);
    }
    return isOpen ? undefined : this.complete(session);
  }

  private async analyze(session: LoadSession): Promise<void> {
    // InnoDB samples a growing table itself; for a tiny one that is soon enough
    if (this.table.bytes < TINY_BYTES) return;
    await session.rows(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${quoteTable(this.target.schema, this.table.name)}`);
  }

  private async alter(session: LoadSession, statement: string): Promise<void> {
    const isFirst = this.phase.is === "rows" && this.phase.start === "empty";
    const { replaced } = this.plan;
    const existing = isFirst ? "refuse" : "keep";
    const warnings = await addKeys(session, this.table, statement, { existing, replaced });
    this.allowedWarnings += warnings;
  }

  /** Adds the foreign keys, after all referenced tables have their keys, and records the table as complete. */
  async addForeignKeys(session: LoadSession): Promise<TableRecord> {
    const statement = this.plan.addForeignKeys;
    if (statement !== undefined && !(await this.hasForeignKeys(session))) await this.alter(session, statement);
    return this.complete(session);
  }

  private async complete(session: LoadSession): Promise<TableRecord> {
    const [record] = (await recordComplete(session, this.target, [this.table])).values();
    if (record === undefined) throw new TypeError(`${this.table.name} was not recorded`);
    return record;
  }

  private async hasForeignKeys(session: LoadSession): Promise<boolean> {
    const [count] = await session.rows<{ n: number }>(
      `SELECT COUNT(*) AS n FROM information_schema.table_constraints
        WHERE constraint_schema = ? AND table_name = ? AND constraint_type = 'FOREIGN KEY'`,
      [this.target.schema, this.table.name],
    );
    return Number(count?.n) > 0;
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
