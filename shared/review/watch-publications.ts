import type { Pool, RowDataPacket } from "mysql2/promise";
import { TransientError } from "../errors/errors.ts";

const POLL_MS = 500;

interface Publications extends RowDataPacket {
  recorded: number;
  open: string | null;
}

/**
 * Calls back as soon as a run publishes. A publication waits for every query that reads the tables it replaces, and a
 * review of tables of two runs would show differences that no change made: so a review ends then.
 *
 * @param ledger reads the table `publication`, where the intent is recorded before the tables are renamed
 * @throws TransientError REVIEW_INPUTS_REPLACED when a run is publishing now
 */
export async function watchPublications(
  ledger: Pool,
  onPublication: (error: TransientError) => void,
): Promise<Disposable> {
  const before = await read(ledger);
  if (before.open !== null) throw replacedBy(before.open);
  const timer = setInterval(() => {
    read(ledger).then(
      ({ recorded, open }) => {
        if (open === null && recorded === before.recorded) return;
        clearInterval(timer);
        onPublication(replacedBy(open));
      },
      // the review itself reports a server that does not answer
      () => undefined,
    );
  }, POLL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function read(ledger: Pool): Promise<Publications> {
  const [[row]] = await ledger.query<Publications[]>(
    `SELECT COUNT(*) AS recorded, MAX(CASE WHEN state = 'intended' THEN CONCAT(layer, ' of run ', run_id) END) AS open
      FROM publication`,
  );
  if (row === undefined) throw new Error("an aggregate without GROUP BY has one row");
  return row;
}

function replacedBy(open: string | null): TransientError {
  return new TransientError(
    "REVIEW_INPUTS_REPLACED",
    `${open ?? "a run"} was published during the review, so the live tables are no longer those that it began with`,
    { kind: "database", retryAfterSeconds: 30, advice: "Run the review again." },
  );
}
