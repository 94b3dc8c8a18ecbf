import type { Pool } from "mysql2/promise";
import { ledgerSchemaOf } from "../../shared/config/schemas-of.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { openLedger, type OpenLedger } from "../../shared/ledger/open-ledger.ts";
import { createPool } from "../../shared/warehouse/connection/connect.ts";
import { say } from "../output/say.ts";
import { expectedBy, type StageAccess } from "./stage-access.ts";

/** The ledger of an environment, closed at the end of the block (`await using`). */
export interface LedgerAccess extends AsyncDisposable {
  pool: Pool;
}

/**
 * Opens the ledger of an environment for a command that writes.
 *
 * @throws PermanentError TARGET_* when this is not the warehouse of the deployment
 */
export async function openLedgerOf(stage: StageAccess): Promise<OpenLedger & AsyncDisposable> {
  const ledger = await openLedger(stage.warehouse, expectedBy(stage));
  return { ...ledger, ...access(ledger.pool) };
}

/** Opens the ledger for a command that only reads: it never refuses another warehouse, but warns about it on stderr. */
export async function openLedgerToRead(stage: StageAccess): Promise<LedgerAccess> {
  try {
    return await openLedgerOf(stage);
  } catch (error) {
    if (!(error instanceof PermanentError && error.code.startsWith("TARGET_"))) throw error;
    say(`warning ${error.code}: ${error.message}. Reading only; runs are refused`);
    return access(createPool(stage.warehouse, { schema: ledgerSchemaOf(stage.warehouse.schemaPrefix) }));
  }
}

function access(pool: Pool): LedgerAccess {
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}
