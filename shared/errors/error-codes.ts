/** An error that Baton raises, by its code. */
export interface ErrorCode {
  code: string;
  /** True when a retry can help. */
  isRetriable: boolean;
  meaning: string;
  /** The next step, for errors without their own advice. */
  advice: string;
}

const NEW_DUMP = "Ask the source for a new dump and manifest. When they are there: ./baton dlq replay staging";
const REPORT_DUMP = "If the dump is correct, report the statement in the message. Else ask the source for a new dump.";
const REPORT = "Report it with the run ID.";

const permanent = (code: string, meaning: string, advice: string): ErrorCode => ({
  ...{ code, isRetriable: false, meaning, advice },
});
const transient = (code: string, meaning: string, advice: string): ErrorCode => ({
  ...{ code, isRetriable: true, meaning, advice },
});

/** All codes of errors that Baton raises itself, by name. docs/errors.md is generated from it. */
export const errorCodes: readonly ErrorCode[] = [
  permanent(
    "ATTEMPTS_EXHAUSTED",
    "every attempt of the layer ended without reporting a result",
    "Check the end of the function's log for memory or time, then: ./baton dlq replay LAYER",
  ),
  permanent(
    "AWS_COMMAND_FAILED",
    "a command of the AWS CLI failed",
    "The message has the error of the AWS CLI. Check the credentials: aws sts get-caller-identity",
  ),
  permanent(
    "AWS_NOT_CONFIGURED",
    "the command has no AWS region or credentials",
    "Set AWS_REGION and AWS_PROFILE, or sign in. To check: aws sts get-caller-identity",
  ),
  permanent(
    "BACKFILL_GAP",
    "a day of a backfill has no dump",
    "Add the dumps. A date that failed in the first layer is not in processed/: load its repaired dump with ./baton run --dump FILE --replace --force, then backfill from the next date. To leave these dates out: add --allow-gaps",
  ),
  permanent(
    "BACKFILL_OVERLAP",
    "a date of a backfill is published already, or has two dumps",
    "To skip published dates: add --from. To build the history again: add --force",
  ),
  permanent(
    "BACKUP_INCOMPLETE",
    "a table of the backup set is missing",
    "Restore an older set with --at, or single tables by name: ./baton backups list",
  ),
  permanent("BACKUP_UNKNOWN", "no such backup exists", "List the backups: ./baton backups list"),
  transient(
    "BOARD_BUSY",
    "several functions updated the incident board at once, and this update failed each time",
    "Baton retries, then sends the alert.",
  ),
  transient(
    "BUILD_INCOMPLETE",
    "dbt reports success, but a table of the layer is missing",
    "The next attempt builds all tables. If it happens again, check whether anyone else drops tables there.",
  ),
  permanent(
    "CONFIG_INVALID",
    "an environment variable of the function is missing or invalid",
    "Set the variables that the message names in serverless.yml, deploy, then replay.",
  ),
  transient(
    "CONSOLE_BUSY",
    "another call has been writing the console page for too long",
    "Baton retries. A run never waits for its page.",
  ),
  permanent(
    "COPY_DATA",
    "the target of a move does not take the rows of a table as they are",
    "Live tables did not change. The message has the server's reason. Repair the rows on the source, then run the same command again.",
  ),
  permanent(
    "COPY_DEFINITION",
    "the target of a move cannot have a table as it is defined on the source",
    "No row was copied. Change the definition on the source, or choose a target of the source's product.",
  ),
  permanent(
    "COPY_DIFFERS",
    "the two sides of a move are not equal after the last copy, so the switch did not happen",
    "See the differences: ./baton migrate verify",
  ),
  transient(
    "COPY_INTERRUPTED",
    "a signal stopped `baton migrate`; copied ranges are kept, live tables did not change",
    "Run the same command again: it continues with the rest.",
  ),
  permanent(
    "COPY_NOT_SWITCHED",
    "the source is not retired in favour of this target, so there is no switch to undo",
    "Check --from and --to.",
  ),
  permanent(
    "COPY_RIGHT_MISSING",
    "the user of a side of a move lacks a right",
    "Run the statement in the message as an administrator of that server.",
  ),
  permanent(
    "COPY_RUN_SINCE_SWITCH",
    "a run was accepted on the new server since the switch, so the old one is behind",
    "The new server stays the warehouse. To return, move with --from and --to swapped: ./baton migrate copy --replace, then switch",
  ),
  permanent("COPY_SAME_SERVER", "the two servers of a move are one server", "Check --from and --to."),
  transient(
    "COPY_SOURCE_CHANGED",
    "the source of a move changed during each copy",
    "Wait until the run has ended, or find out who writes; then run the same command again.",
  ),
  permanent(
    "COPY_SOURCE_DROPPED",
    "the data of the old server was removed, so the move to the new one cannot be undone",
    "The new server stays the warehouse. To return, move with --from and --to swapped: ./baton migrate copy --replace, then switch",
  ),
  permanent(
    "COPY_TARGET_HAS_DATA",
    "the target of a move has live tables that no copy has made",
    "Check --to. To move them to the backup schemas of the target: add --replace",
  ),
  permanent(
    "COPY_TARGET_IN_USE",
    "the target of a move holds another warehouse, or the same one after a switch",
    "Check that --from and --to are not swapped. To use the server for this warehouse, drop the other one's schemas first.",
  ),
  transient(
    "COPY_TIME_BUDGET",
    "a call of the function migrate stopped before its time limit",
    "With work done, the next call continues. Without: add memory to the function, or use a machine that reaches both servers.",
  ),
  permanent(
    "COPY_UNREACHABLE",
    "a server of a move refuses the connection, its password or its TLS",
    "Check the URL, the password and the certificate of the side that the message names.",
  ),
  permanent(
    "COPY_WITHOUT_INFILE",
    "the target of a move forbids LOAD DATA LOCAL",
    "Set local_infile to ON on the target, on RDS in its parameter group, for the time of the move.",
  ),
  permanent(
    "DATE_SUPERSEDED",
    "a newer business date is live",
    "To replace it: add --force, then repeat the later dates in order.",
  ),
  permanent("DBT_NOT_STARTED", "the dbt process did not start", "Check BATON_DBT_PYTHON and BATON_DBT_PROJECT."),
  transient(
    "DEADLINE",
    "the attempt stopped before the function's timeout",
    "The next attempt continues. If it happens again, raise memoryMb of the layer, which also raises its CPU share.",
  ),
  permanent("DEPLOY_FAILED", "`serverless deploy` failed", "The message has the end of its output."),
  permanent("DUMP_CHANGED", "the dump was replaced during the read", "Wait until the upload is complete, then replay."),
  permanent("DUMP_CHARSET", "the dump uses a character set that Baton does not read", REPORT_DUMP),
  permanent("DUMP_CHECKSUM", "the sha256 of the dump differs from its manifest", NEW_DUMP),
  permanent("DUMP_CLIENT_COMMAND", "the dump contains a command of the stock client", REPORT_DUMP),
  permanent("DUMP_COLUMN_COUNT", "a row has more or fewer values than its table has columns", REPORT_DUMP),
  permanent("DUMP_COLUMN_UNKNOWN", "an INSERT names a column that its table does not have", REPORT_DUMP),
  permanent(
    "DUMP_COMPRESSION",
    "the compressed dump is damaged, truncated, of an unknown format or unpacks to far more than its size",
    NEW_DUMP,
  ),
  permanent("DUMP_DATA", "the server rejects a row of the dump or would change it", REPORT_DUMP),
  permanent("DUMP_DEFINITION", "the server or Baton rejects the definition of a table", REPORT_DUMP),
  permanent("DUMP_DUPLICATE_KEY", "two rows of the dump have the same key", NEW_DUMP),
  permanent("DUMP_EMPTY", "the dump defines no table", NEW_DUMP),
  permanent("DUMP_ENCODING", "the dump is not in the encoding that it declares", REPORT_DUMP),
  permanent(
    "DUMP_EXISTS",
    "the bucket has another dump or manifest for this business date",
    "To use the stored dump: omit --dump and pass --date. To replace it: add --replace.",
  ),
  permanent("DUMP_EXPRESSION", "a row has an expression in place of a value", REPORT_DUMP),
  permanent(
    "DUMP_MANIFEST_MISMATCH",
    "the dump file and the manifest beside it do not agree; nothing was uploaded",
    "Put the manifest that belongs to this dump beside it, or move the manifest away to have one written.",
  ),
  permanent("DUMP_MISSING", "the dump that the manifest names does not exist", "Upload the dump, then replay."),
  permanent("DUMP_NO_TABLE", "rows come before the CREATE TABLE of their table", REPORT_DUMP),
  permanent(
    "DUMP_NOT_OURS",
    "the dump is in another bucket, or its name has no date",
    "Copy it to dumps/ in the environment's bucket first.",
  ),
  permanent("DUMP_NOT_VALID", "the manifest marks the dump as invalid", "Ask the source for a new dump."),
  permanent("DUMP_SEVERAL_DATABASES", "the dump contains more than one database", "Dump one database only."),
  permanent("DUMP_SIZE", "the size of the dump differs from its manifest", NEW_DUMP),
  permanent("DUMP_SQL_MODE", "the dump sets an SQL mode that changes the meaning of its text", REPORT_DUMP),
  permanent("DUMP_STALE", "the dump is older than a day", "To load it anyway: ./baton run --date DAY --allow-stale"),
  permanent("DUMP_STATEMENT_FORBIDDEN", "the dump contains a statement that Baton never executes", REPORT_DUMP),
  permanent("DUMP_STATEMENT_UNKNOWN", "the dump contains an unknown statement", REPORT_DUMP),
  permanent("DUMP_SYNTAX", "Baton cannot parse a statement of the dump", REPORT_DUMP),
  permanent("DUMP_TABLE_TWICE", "the dump defines a table twice", REPORT_DUMP),
  permanent("DUMP_TIME_ZONE", "the dump sets a time zone that changes the meaning of its values", REPORT_DUMP),
  permanent("DUMP_TRIGGER", "a trigger of the dump would change rows during the load", REPORT_DUMP),
  permanent("DUMP_TRUNCATED", "the dump ends in the middle of a statement", NEW_DUMP),
  permanent("DUMP_UNKNOWN", "a layer completed without the dump of its run", REPORT),
  permanent("DUMP_WRONG_SYSTEM", "the dump lacks source tables that the models need", NEW_DUMP),
  permanent(
    "ENGINE_MISMATCH",
    "a data folder belongs to the other database engine",
    "Use the engine of the data (BATON_ENGINE=mysql or mariadb), or another folder.",
  ),
  permanent(
    "EVENT_INVALID",
    "the message is not an event that the layer listens to",
    "Read it: ./baton dlq show LAYER --pattern EVENT_INVALID. Delete it: ./baton dlq purge LAYER --id MESSAGE --yes",
  ),
  permanent(
    "EVENT_WITHOUT_RUN",
    "the event has no run ID",
    "Start the run again: ./baton run --date DAY. Delete the message: ./baton dlq purge LAYER --id MESSAGE --yes",
  ),
  transient("EVENTS_NOT_ACCEPTED", "the event bus rejected events", "Baton retries; no event is lost."),
  permanent(
    "INGESTION_DROPPED_ROWS",
    "QuickSight dropped more than 1 % of a data set's rows; gold is live",
    "Check the data set's refresh history in QuickSight for the rows and columns, fix the data set's column types, then: ./baton dlq replay refresh",
  ),
  permanent(
    "INGESTION_FAILED",
    "QuickSight could not ingest a data set into SPICE; gold is live",
    "Check the data set's refresh history in QuickSight. When the cause is fixed: ./baton dlq replay refresh",
  ),
  permanent(
    "INGESTION_STUCK",
    "ingestions into SPICE did not end within two hours; gold is live",
    "Cancel the stuck ingestions in QuickSight, then: ./baton dlq replay refresh",
  ),
  transient("INTERRUPTED", "an attempt ended without reporting a result", "Check the end of the function's log."),
  transient("LAYER_BUSY", "another attempt of the layer is running", "Wait until it has ended: ./baton status"),
  permanent(
    "LAYER_EMPTY",
    "the dbt project has no model for a layer of the layer table",
    "Add models to dbt/models/LAYER, or remove the layer from the table. Deploy, then: ./baton dlq replay LAYER",
  ),
  permanent(
    "LAYER_TABLE_INVALID",
    "a row of the layer table in serverless.yml has a mistake",
    "Correct the row. The comment above custom.layers in serverless.yml lists the fields and their defaults.",
  ),
  transient("LEDGER_MIGRATION_BUSY", "another session is changing the ledger's tables", "Baton retries."),
  permanent("LEDGER_MISSING", "the schema has no ledger", "Check AURORA_ENDPOINT."),
  permanent(
    "LIVE_DIFFERS",
    "after a publication, the live tables are not those that dbt's manifest names",
    "Check whether anyone else changes these schemas, then replay.",
  ),
  transient(
    "LOAD_BUSY",
    "another load or a pipeline run uses the schema",
    "Wait until it has ended, or add --wait SECONDS to the command.",
  ),
  transient(
    "LOAD_INTERRUPTED",
    "a signal stopped `baton load`; loaded tables are kept, live tables did not change",
    "Run the same command again: it continues with the rest.",
  ),
  permanent(
    "LOAD_REFERENCES",
    "foreign keys of live tables refer to another schema",
    "Load the dump again with --no-skip: the foreign keys are created again.",
  ),
  permanent("LOAD_ROW_COUNT", "the server has more or fewer rows than the dump", REPORT),
  permanent("LOAD_TABLE_UNKNOWN", "`--only` names a table that the dump does not have", "The message has its tables."),
  transient("LOAD_TIME_BUDGET", "the load stopped before the time limit", "The next attempt continues."),
  permanent("LOAD_VERIFY", "a loaded row differs from the dump", REPORT),
  permanent("LOCAL_STACK_DOWN", "the local stack is not running", "./baton local up"),
  transient("LOCK_LOST", "the attempt lost its layer's lock, usually with its connection", "Baton retries."),
  permanent(
    "LOGS_NOT_ALLOWED",
    "AWS does not let this user read the log of the function",
    "Ask for logs:FilterLogEvents on its log group; no other permission is needed.",
  ),
  permanent("MANIFEST_INVALID", "the manifest of the day is invalid", NEW_DUMP),
  permanent("MANIFEST_MISSING", "the day has no manifest", NEW_DUMP),
  permanent(
    "MODEL_UNSUPPORTED",
    "a model is materialized in a way that Baton does not publish",
    "Use table, incremental, view or ephemeral: dbt/README.md",
  ),
  permanent("NO_BROWSER", "no program can show a page on this machine", "Open the file in the message yourself."),
  permanent("NOTHING_ACCEPTED", "the run has no such acceptance", "List acceptances: ./baton quality accepted RUN"),
  permanent(
    "NOTHING_TO_ACCEPT",
    "the run has no such failed test",
    "List its tests: ./baton quality RUN. A test that only warns needs no acceptance.",
  ),
  permanent(
    "PACKAGE_FAILED",
    "the template of an environment could not be packaged",
    "Repair what the message names in deploy/ENVIRONMENT.env.",
  ),
  transient(
    "PREDECESSOR_AT_WORK",
    "statements of a killed attempt are still running and would write at the same time",
    "The server rolls them back and Baton retries. If they never end: SHOW PROCESSLIST, then restart the database.",
  ),
  permanent(
    "PRIMARY_KEY_REQUIRED",
    "the server refuses tables without a primary key (sql_require_primary_key)",
    "Set sql_require_primary_key to OFF in the DB parameter group, or ask the source for a primary key. Then: ./baton dlq replay staging",
  ),
  permanent("PROGRAM_FAILED", "a program of the local stack failed", "The message has the end of its output."),
  permanent(
    "QUALITY_RULES",
    "the rules of the data checks cannot be parsed",
    "Correct the file in the message (docs/quality.md has the format), deploy, then replay.",
  ),
  permanent(
    "QUALITY_TESTS_FAILED",
    "data tests of error severity failed, and the failures are not accepted",
    'The last good set stays live. See the failures: ./baton quality. Repair the data or the model. If the data is correct: ./baton quality accept --reason "WHY". Then: ./baton dlq replay LAYER',
  ),
  permanent("QUALITY_UNKNOWN", "the run has no test results", "List the runs: ./baton runs"),
  permanent(
    "RECEIVED_TOO_OFTEN",
    "SQS moved the message to the DLQ because the function did not start, several times",
    "Check the start of the function in its log, then: ./baton dlq replay LAYER",
  ),
  permanent("REPLAY_FAILED", "the replay function failed", "No message is lost. Check its log, then try again."),
  permanent(
    "REPLAY_NOT_ALLOWED",
    "AWS does not let this user invoke the replay function",
    "Ask for lambda:InvokeFunction on it; no other permission is needed.",
  ),
  permanent(
    "REPLAY_REQUEST_INVALID",
    "the request to the replay function is invalid",
    "See the schema in docs/replay.md.",
  ),
  transient(
    "REPLAY_WITHOUT_LEDGER",
    "the replay function cannot read the ledger, so superseded runs are unknown",
    "Check the database: ./baton doctor. To replay without the ledger: ./baton dlq replay --force",
  ),
  permanent("REQUEST_NOT_ANSWERED", "a function did not answer a request", "Check rules and queues: ./baton doctor"),
  permanent(
    "RETIRE_IN_USE",
    "somebody uses the old server of a move, or has used it since the last check",
    "Point these clients to the new server, or add --ignore USER for an account that does not use the warehouse; then run the same command again after the time of --after.",
  ),
  permanent(
    "RETIRE_TOO_EARLY",
    "the old server of a move has not been unused for the time of --after",
    "Wait. A shorter time: --after 10d",
  ),
  permanent(
    "RETIRE_UNKNOWN",
    "the old server of a move keeps no counts of connections, or none since the switch",
    "MariaDB: SET GLOBAL userstat = ON, also in its configuration. MySQL: start it with performance_schema = ON. Then run the same command again, which starts the time of --after.",
  ),
  transient("REVIEW_BUSY", "another review of the environment is running", "Request the review again later."),
  transient(
    "REVIEW_INPUTS_REPLACED",
    "a run published while a review was reading the live tables",
    "Run the review again: ./baton review",
  ),
  permanent(
    "REVIEW_LIMITS_INVALID",
    "meta.review of a model is wrong",
    "It takes added_percent, removed_percent and changed_percent, numbers of at least 0.",
  ),
  permanent(
    "REVIEW_NO_SCHEMAS",
    "with partial_revokes=ON, the server cannot limit the user review to its schemas",
    "Set partial_revokes to OFF, then create the grants again: ./baton grants",
  ),
  permanent(
    "REVIEW_NOTHING_LIVE",
    "a review found no live tables to compare with",
    "Review after the first run: ./baton run --dump FILE --watch",
  ),
  permanent(
    "REVIEW_PROJECT_INVALID",
    "the dbt project of a review cannot be used: its zip or the project itself is wrong",
    "Repair what the message names. To make the zip and request the review: ./baton review --remote",
  ),
  permanent(
    "REVIEW_TOOK_LOCK",
    "SQL of a change under review took the lock of a layer",
    "Remove GET_LOCK from the models and macros of the change.",
  ),
  permanent(
    "REVIEW_UNFINISHED",
    "a review did not finish within the function's time or memory",
    "Review fewer models with --select, or without --remote where the warehouse can be reached.",
  ),
  permanent(
    "RUN_ABANDONED",
    "the message of a run was lost, and starting the run again did not help",
    "Completed layers are kept. To continue the run: ./baton run --date DAY --allow-stale",
  ),
  permanent("RUN_ENDED", "a run that has ended cannot be cancelled", "List the runs: ./baton runs"),
  permanent("RUN_NOT_STARTED", "no layer accepted the request for a run", "Check rules and queues: ./baton doctor"),
  transient("RUN_PUBLISHING", "a layer of the run is being published now", "Try again in a few seconds."),
  permanent("RUN_SUPERSEDED", "a newer run replaced this run", "No action is needed."),
  permanent("RUN_UNKNOWN", "no such run exists", "List the runs: ./baton runs"),
  permanent("SECRET_INVALID", "the database secret lacks username or password", "Store JSON with both in the secret."),
  permanent(
    "SECRET_UNKNOWN",
    "a user of the warehouse has no secret",
    "Create the user and its secret (docs/deploy.md, step 3).",
  ),
  permanent("SERVICE_NOT_STARTED", "a service of the local stack did not start", "The message has the end of its log."),
  permanent(
    "SQL_CLIENT_MISSING",
    "no client of MySQL or MariaDB is installed",
    "Install one: apt-get install mariadb-client, or brew install mysql-client",
  ),
  permanent("STAGE_NOT_DEPLOYED", "the environment is not deployed", "deploy/deploy STAGE"),
  permanent("TARGET_MISMATCH", "the warehouse is not the expected one", "Check AURORA_ENDPOINT."),
  permanent(
    "TARGET_MOVED",
    "the warehouse is on another server than before",
    "See the differences: ./baton target show",
  ),
  transient(
    "TARGET_READ_ONLY",
    "the warehouse is read-only, during a failover or because it is a replica",
    "Baton retries. If it continues: set AURORA_ENDPOINT to the writer endpoint.",
  ),
  permanent(
    "TARGET_READER_ENDPOINT",
    "the endpoint is the cluster's reader endpoint",
    "Set AURORA_ENDPOINT to the writer endpoint.",
  ),
  permanent(
    "TARGET_RETIRED",
    "the warehouse was moved to another server",
    "Set databaseEndpoint to the new server, which the message names, and deploy.",
  ),
  permanent(
    "TARGET_TAKEN",
    "the warehouse belongs to another deployment",
    "Give this deployment its own schemaPrefix or database.",
  ),
  permanent("TEST_AMBIGUOUS", "several tests have this name", "Pass the ID of one of them, as the message lists them."),
  permanent("TEST_UNKNOWN", "the run has no such test", "List its tests: ./baton quality RUN --json"),
  permanent(
    "TURN_EXPIRED",
    "a run was active for longer than turnLimitMinutes while another run waited",
    "Completed layers are kept. To continue the run: ./baton run --date DAY --allow-stale",
  ),
  permanent("UPSTREAM_NOT_LIVE", "the previous layer has no live tables", "Start with the first layer: ./baton run"),
  permanent(
    "UPSTREAM_OTHER_DATE",
    "the previous layer has another business date than the run",
    "Load that date from the first layer: ./baton run --date DAY --force",
  ),
  transient("UPSTREAM_PUBLISHING", "another run is publishing the previous layer", "Baton retries."),
  transient(
    "WEBHOOK_FAILED",
    "the chat tool did not accept an alert; mail and the alerts queue have it",
    "Check the secret that webhookSecretArn names, and the webhook in the chat tool.",
  ),
];

const byCode = new Map(errorCodes.map((error) => [error.code, error]));

/** The next step for a code; undefined for unknown codes. */
export function adviceOf(code: string): string | undefined {
  return byCode.get(code)?.advice;
}
