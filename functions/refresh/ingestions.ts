import {
  CreateIngestionCommand,
  DescribeIngestionCommand,
  type Ingestion,
  type QuickSightClient,
} from "@aws-sdk/client-quicksight";
import { assertNever } from "../../shared/errors/assert-never.ts";

/** One ingestion of a data set into SPICE. */
export interface IngestionKey {
  account: string;
  dataSetId: string;
  ingestionId: string;
}

/** State of an ingestion. */
export type IngestionState =
  { kind: "working" } | { kind: "done"; rows: number; droppedRows: number } | { kind: "failed"; reason: string };

const WORKING = { kind: "working" } as const;

/** Data sets with direct queries have no SPICE copy, so there is nothing to refresh. */
const NOT_SPICE = "it is not in SPICE and needs no refresh: remove it from quicksightDataSets";
/** Errors that a retry does not solve. @see QuickSight API Reference, CreateIngestion */
const REFUSALS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "the data set does not exist",
  InvalidParameterValueException: `QuickSight rejected the request; possibly ${NOT_SPICE}`,
  LimitExceededException: "its limit of refreshes in 24 hours, or the account's SPICE capacity, is reached",
};

/** Reads the state of an ingestion, and starts the ones that do not exist yet. */
export async function checkIngestion(client: QuickSightClient, key: IngestionKey): Promise<IngestionState> {
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

async function startIngestion(client: QuickSightClient, key: IngestionKey): Promise<IngestionState> {
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
    // another delivery has started it, or another ingestion of the data set is running: the next check starts ours
    if (name === "ResourceExistsException" || name === "ConflictException") return WORKING;
    const reason = REFUSALS[name];
    if (reason === undefined) throw error;
    return { kind: "failed", reason: `${reason} (${name}: ${message})` };
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
  const parts = [Type, Message, ...(Type === "DATA_SET_NOT_SPICE" ? [NOT_SPICE] : [])].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? "" : ` (${parts.join(": ")})`;
}
