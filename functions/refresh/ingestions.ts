import {
  CreateIngestionCommand,
  DescribeIngestionCommand,
  type Ingestion,
  type QuickSightClient,
} from "@aws-sdk/client-quicksight";
import { assertNever } from "../../shared/errors/assert-never.ts";

/** One copy of a data set into SPICE. */
export interface IngestionKey {
  account: string;
  dataSetId: string;
  ingestionId: string;
}

/** How a copy stands. */
export type IngestionState =
  { kind: "working" } | { kind: "done"; rows: number; droppedRows: number } | { kind: "failed"; reason: string };

const WORKING = { kind: "working" } as const;

/** Data sets that QuickSight reads directly have no copy, so nothing is to be refreshed. */
const NOT_SPICE = "it is not in SPICE, so it needs no refresh: take it off quicksightDataSets";
/** Refusals that no retry helps. @see QuickSight API Reference, CreateIngestion */
const REFUSALS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "there is no such data set",
  InvalidParameterValueException: `QuickSight does not take the request; perhaps ${NOT_SPICE}`,
  LimitExceededException: "its refreshes of the last 24 hours, or the account's SPICE capacity, are used up",
};

/**
 * Starts a copy. One that was started before by the same id is left to itself; while another one of the data set is at
 * work, ours waits for the next look.
 */
export async function startIngestion(client: QuickSightClient, key: IngestionKey): Promise<IngestionState> {
  try {
    await client.send(
      new CreateIngestionCommand({
        AwsAccountId: key.account,
        DataSetId: key.dataSetId,
        IngestionId: key.ingestionId,
        IngestionType: "FULL_REFRESH",
      }),
    );
    return WORKING;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: "", message: "" };
    if (name === "ResourceExistsException" || name === "ConflictException") return WORKING;
    const refusal = REFUSALS[name];
    if (refusal === undefined) throw error;
    return { kind: "failed", reason: `${refusal} (${name}: ${message})` };
  }
}

/** Looks at a copy; starts it where it could not be started before. */
export async function lookAtIngestion(client: QuickSightClient, key: IngestionKey): Promise<IngestionState> {
  const found = await find(client, key);
  if (found === undefined) return startIngestion(client, key);
  const status = found.IngestionStatus;
  switch (status) {
    case undefined:
    case "INITIALIZED":
    case "QUEUED":
    case "RUNNING":
      return WORKING;
    case "COMPLETED": {
      const { RowsIngested: rows = 0, RowsDropped: droppedRows = 0 } = found.RowInfo ?? {};
      return { kind: "done", rows, droppedRows };
    }
    case "FAILED":
    case "CANCELLED":
      return { kind: "failed", reason: `${status}${reasonOf(found)}` };
    default:
      return assertNever(status);
  }
}

async function find(
  client: QuickSightClient,
  { account, dataSetId, ingestionId }: IngestionKey,
): Promise<Ingestion | undefined> {
  try {
    const { Ingestion: found } = await client.send(
      new DescribeIngestionCommand({ AwsAccountId: account, DataSetId: dataSetId, IngestionId: ingestionId }),
    );
    return found;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

function reasonOf({ ErrorInfo }: Ingestion): string {
  const { Type, Message } = ErrorInfo ?? {};
  const words = [Type, Message, ...(Type === "DATA_SET_NOT_SPICE" ? [NOT_SPICE] : [])];
  const said = words.filter((word) => word !== undefined);
  return said.length === 0 ? "" : ` (${said.join(": ")})`;
}
