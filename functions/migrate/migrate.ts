import { answerRequest } from "../../shared/answers/answer-request.ts";
import type { AnswerStore } from "../../shared/answers/answer-store.ts";
import type { AwsClients } from "../../shared/aws/clients.ts";
import type { ComparedTable } from "../../shared/copy/compare-warehouses.ts";
import { migrationKey } from "../../shared/copy/migration-key.ts";
import { runMigration, type MigrationReport, type MigrationRequest } from "../../shared/copy/run-migration.ts";
import { TransientError } from "../../shared/errors/errors.ts";
import { REVIEW_CHECK_SECONDS } from "../../shared/runtime/max-receives.ts";
import type { QueueMessage } from "../../shared/runtime/message.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import type { MigrateEnvironment } from "./migrate-environment.ts";

/** Between two looks at the clock. */
const CHECK_MS = 1_000;
/** Each line of progress remains in the answer. */
const LINE_MS = 15_000;

/** What the function works with. */
export interface MigratePorts {
  aws: Pick<AwsClients, "s3" | "secrets">;
  environment: MigrateEnvironment;
  /** True when the call must stop, before Lambda ends the function. @param steps that this call has completed */
  mustStop: (steps: number) => boolean;
}

/**
 * Answers one MigrationRequested. The work stops before the time limit and continues with the same message in the next
 * call, also after a killed one. An error ends it, as it ends the command on a machine; a repeated command continues.
 *
 * @returns whether the message returns to the queue
 */
export function migrate(message: QueueMessage, ports: MigratePorts): Promise<"acknowledge" | "return"> {
  const { s3 } = ports.aws;
  const bucket = ports.environment.BATON_BUCKET;
  return answerRequest<"MigrationRequested", MigrationReport>(message, {
    ...{ name: "migrate", type: "MigrationRequested", afterKill: undefined },
    place: ({ detail }) => ({ s3, bucket, key: migrationKey(detail.metadata.eventId) }),
    checkSeconds: REVIEW_CHECK_SECONDS,
    limitSeconds: 0,
    work: ({ detail }, store) => migrateWithin(detail.data, { store, ports, startedAt: message.firstReceivedAt }),
  });
}

interface Work {
  store: AnswerStore<MigrationReport>;
  ports: MigratePorts;
  startedAt: Date;
}

/** @throws TransientError COPY_TIME_BUDGET before the function's time limit */
async function migrateWithin(request: MigrationRequest, { store, ports, startedAt }: Work): Promise<MigrationReport> {
  const { aws, environment, mustStop } = ports;
  const { BATON_MIGRATE_TO_ENDPOINT, BATON_MIGRATE_TO_PORT, BATON_MIGRATE_TO_SECRET_ARN } = environment;
  const to = {
    ...environment,
    AURORA_ENDPOINT: BATON_MIGRATE_TO_ENDPOINT,
    AURORA_PORT: BATON_MIGRATE_TO_PORT,
    AURORA_SECRET_ARN: BATON_MIGRATE_TO_SECRET_ARN,
  };
  // results of an earlier call, which wrote them in this form
  const compared = (store.partial ?? []) as ComparedTable[];
  store.partial = compared;
  let steps = 0;
  let shownAt = 0;
  const stop = new AbortController();
  const check = (): void => {
    if (!stop.signal.aborted && mustStop(steps)) stop.abort(outOfTime(steps));
  };
  check();
  const timer = setInterval(check, CHECK_MS);
  try {
    return await runMigration(request, {
      from: await readWarehouseConfig(environment, aws.secrets),
      to: await readWarehouseConfig(to, aws.secrets),
      ...{ layers: environment.BATON_LAYER_SCHEMAS, startedAt, signal: stop.signal, compared },
      onProgress(line) {
        if (Date.now() - shownAt < LINE_MS) return;
        shownAt = Date.now();
        store.report(line);
      },
      onNote: (line) => store.report(line),
      onStep() {
        steps += 1;
        check();
      },
    });
  } finally {
    clearInterval(timer);
  }
}

function outOfTime(steps: number): TransientError {
  return new TransientError("COPY_TIME_BUDGET", `stopped before the time limit, after ${steps} steps in this call`, {
    kind: "timeout",
    // without progress, calls would repeat without an end
    isPlannedStop: steps > 0,
  });
}
