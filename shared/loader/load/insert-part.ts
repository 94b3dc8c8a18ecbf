import { quoteName, quoteTable } from "../../warehouse/tables/identifier.ts";
import type { LoadResult, LoadSession, ServerWarning } from "./load-session.ts";
import { insertStatements, type RowStreamOptions } from "./row-stream.ts";
import type { ServerFacts } from "./server-facts.ts";

interface InsertPartOptions extends RowStreamOptions {
  schema: string;
  table: string;
  server: ServerFacts;
  onBytes: (bytes: number) => void;
}

/** Size of a statement: large enough for the server, and small enough for the memory of short-lived objects. */
const STATEMENT_BYTES = 64 * 1024;

/** An INSERT that the server rejected, and the number of rows of the part inserted before it. */
export class InsertRefused extends Error {
  readonly rowsBefore: number;

  constructor(rowsBefore: number, cause: unknown) {
    super("the server refused an INSERT", { cause });
    this.name = "InsertRefused";
    this.rowsBefore = rowsBefore;
  }
}

/**
 * Loads rows by INSERT, where the server forbids LOAD DATA LOCAL or would read a value differently.
 *
 * @throws InsertRefused with the server's error as its cause
 */
export async function insertPart(session: LoadSession, options: InsertPartOptions): Promise<LoadResult> {
  const { plan, schema, table, server, onBytes } = options;
  const columns = plan.targets.map(quoteName).join(",");
  const head = Buffer.from(`INSERT INTO ${quoteTable(schema, table)} (${columns}) VALUES `);
  const limit = Math.min(STATEMENT_BYTES, server.maxPacket - 1024);
  const warnings: ServerWarning[] = [];
  const total = { rows: 0, warnings, warningCount: 0 };
  for await (const statement of insertStatements(options, { head, limit })) {
    const result = await session.insert(statement).catch((error: unknown) => {
      throw new InsertRefused(total.rows, error);
    });
    total.rows += result.rows;
    total.warningCount += result.warningCount;
    warnings.push(...result.warnings);
    onBytes(statement.length - head.length);
  }
  return total;
}
