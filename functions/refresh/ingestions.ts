import {
  CreateIngestionCommand,
  DescribeIngestionCommand,
  ResourceExistsException,
  type Ingestion,
  type QuickSightClient,
} from "@aws-sdk/client-quicksight";
import { assertNever } from "../../shared/errors/assert-never.ts";
import { PermanentError } from "../../shared/errors/errors.ts";

/** One copy of a data set into SPICE. */
export interface IngestionKey {
  account: string;
  dataSetId: string;
  ingestionId: string;
}

/** How a copy stands. */
export type IngestionState = { kind: "working" } | { kind: "done"; rows: number };

/** Starts a copy. One that was started before by the same id is left to itself. */
export async function startIngestion(client: QuickSightClient, key: IngestionKey): Promise<void> {
  try {
    await client.send(
      new CreateIngestionCommand({
        AwsAccountId: key.account,
        DataSetId: key.dataSetId,
        IngestionId: key.ingestionId,
        IngestionType: "FULL_REFRESH",
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
  }
}

/**
 * Looks at a copy.
 *
 * @throws PermanentError INGESTION_FAILED with QuickSight's own reason
 */
export async function lookAtIngestion(client: QuickSightClient, key: IngestionKey): Promise<IngestionState> {
  const { Ingestion: found } = await client.send(
    new DescribeIngestionCommand({
      AwsAccountId: key.account,
      DataSetId: key.dataSetId,
      IngestionId: key.ingestionId,
    }),
  );
  const status = found?.IngestionStatus;
  switch (status) {
    case undefined:
    case "INITIALIZED":
    case "QUEUED":
    case "RUNNING":
      return { kind: "working" };
    case "COMPLETED":
      return { kind: "done", rows: found?.RowInfo?.RowsIngested ?? 0 };
    case "FAILED":
    case "CANCELLED":
      throw new PermanentError("INGESTION_FAILED", `data set ${key.dataSetId}: ${status}${reasonOf(found)}`, {
        kind: "aws",
        advice: "Look at the data set's refresh history in QuickSight; when its cause is repaired, replay.",
      });
    default:
      return assertNever(status);
  }
}

function reasonOf(ingestion: Ingestion | undefined): string {
  const { Type, Message } = ingestion?.ErrorInfo ?? {};
  const words = [Type, Message].filter((word) => word !== undefined);
  return words.length === 0 ? "" : ` (${words.join(": ")})`;
}
