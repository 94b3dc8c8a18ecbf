/** An error that Baton raises itself, for people who meet its code. */
export interface ErrorCode {
  code: string;
  /** Whether trying again can help. */
  isRetriable: boolean;
  meaning: string;
  /** The next step, where the error itself gives none. */
  advice: string;
}

const NEW_DUMP = "Ask the source for a new dump and manifest; when they are there: ./baton dlq replay staging";
const REPORT_DUMP =
  "If the dump is as it should be, report the statement that is named; else ask the source for a new dump.";
const REPORT = "Report it with the run's id.";

const permanent = (code: string, meaning: string, advice: string): ErrorCode => ({
  ...{ code, isRetriable: false, meaning, advice },
});
const transient = (code: string, meaning: string, advice: string): ErrorCode => ({
  ...{ code, isRetriable: true, meaning, advice },
});

/** All codes of errors that Baton raises itself, by name. docs/errors.md is made from this. */
export const errorCodes: readonly ErrorCode[] = [
  permanent(
    "ATTEMPTS_EXHAUSTED",
    "every attempt of the layer was cut off before it could say why",
    "Look at the end of the function's log for memory or time, then: ./baton dlq replay LAYER",
  ),
  permanent("BACKUP_UNKNOWN", "there is no backup that fits", "See what there is: ./baton backups list"),
  transient(
    "BOARD_BUSY",
    "several functions hear of incidents at once, and one was never quick enough to write its own down",
    "It passes by itself; the alert is sent with the next try.",
  ),
  transient(
    "BUILD_INCOMPLETE",
    "dbt reports success, but a table of the layer is missing",
    "The next attempt builds everything anew. If it comes again: does anybody else drop tables there?",
  ),
  permanent(
    "CONFIG_INVALID",
    "an environment variable of the function is missing or wrong",
    "Set the variables that are named in serverless.yml and deploy again, then replay.",
  ),
  transient(
    "CONSOLE_BUSY",
    "another call writes the console page for longer than it should take",
    "It passes by itself; a run is never held up by its page.",
  ),
  permanent(
    "DATE_SUPERSEDED",
    "a newer date is live, and would be replaced",
    "If that is meant: add --force --allow-stale, then repeat the later dates in order.",
  ),
  permanent("DBT_NOT_STARTED", "the dbt process could not be started", "Check BATON_DBT_PYTHON and BATON_DBT_PROJECT."),
  transient(
    "DEADLINE",
    "the attempt had to stop before the function's time was up",
    "It goes on in the next attempt. If it comes again, raise the layer's memoryMb (and so its share of CPU).",
  ),
  permanent("DEPLOY_FAILED", "`serverless deploy` has failed", "The end of its output is in the message."),
  permanent("DUMP_CHANGED", "the dump was replaced while it was read", "Wait until the upload has ended, then replay."),
  permanent("DUMP_CHARSET", "the dump is in a character set that is not read", REPORT_DUMP),
  permanent("DUMP_CHECKSUM", "the dump's sha256 is not the manifest's", NEW_DUMP),
  permanent("DUMP_CLIENT_COMMAND", "the dump holds a command of the stock client", REPORT_DUMP),
  permanent("DUMP_COLUMN_COUNT", "a row has more or fewer values than its table has columns", REPORT_DUMP),
  permanent("DUMP_COLUMN_UNKNOWN", "rows name a column that their table does not have", REPORT_DUMP),
  permanent("DUMP_COMPRESSION", "the compressed dump is broken, cut off or of an unknown kind", NEW_DUMP),
  permanent("DUMP_DATA", "the server does not take a row of the dump as it is", REPORT_DUMP),
  permanent("DUMP_DEFINITION", "the server cannot make a table as the dump defines it", REPORT_DUMP),
  permanent("DUMP_DUPLICATE_KEY", "two rows of the dump have the same key", NEW_DUMP),
  permanent("DUMP_EMPTY", "the dump defines no table", NEW_DUMP),
  permanent("DUMP_ENCODING", "the dump is not in the encoding that it says", REPORT_DUMP),
  permanent("DUMP_EXPRESSION", "a row holds an expression where a value was expected", REPORT_DUMP),
  permanent("DUMP_MISSING", "the dump is not where its manifest says", "Upload the dump, then replay."),
  permanent("DUMP_NO_TABLE", "rows come before the table that they belong to", REPORT_DUMP),
  permanent("DUMP_NOT_OURS", "the dump is in another bucket, or not named after a date", "Copy it to dumps/ first."),
  permanent("DUMP_NOT_VALID", "the manifest says that the dump is not valid", "Have the source dump again."),
  permanent("DUMP_SEVERAL_DATABASES", "the dump holds more than one database", "Dump one database alone."),
  permanent("DUMP_SIZE", "the dump has not the size that its manifest says", NEW_DUMP),
  permanent("DUMP_SQL_MODE", "the dump sets an SQL mode that changes what its text means", REPORT_DUMP),
  permanent("DUMP_STALE", "the dump is older than a day", "To take it as it is: ./baton run --date DAY --allow-stale"),
  permanent("DUMP_STATEMENT_FORBIDDEN", "the dump holds a statement that is never executed", REPORT_DUMP),
  permanent("DUMP_STATEMENT_UNKNOWN", "the dump holds a statement that is not known", REPORT_DUMP),
  permanent("DUMP_SYNTAX", "a statement of the dump cannot be read", REPORT_DUMP),
  permanent("DUMP_TABLE_TWICE", "a table is defined twice", REPORT_DUMP),
  permanent("DUMP_TIME_ZONE", "the dump sets a time zone that changes what its values mean", REPORT_DUMP),
  permanent("DUMP_TRIGGER", "a trigger of the dump would change rows while they are loaded", REPORT_DUMP),
  permanent("DUMP_TRUNCATED", "the dump ends in the middle of a statement", NEW_DUMP),
  permanent("DUMP_UNKNOWN", "a layer ended without the run's dump to tell the next one of", REPORT),
  permanent("DUMP_WRONG_SYSTEM", "the dump lacks tables that the models read", NEW_DUMP),
  permanent(
    "EVENT_INVALID",
    "the message is no event that the layer listens to",
    "Look at it: ./baton dlq show LAYER --pattern EVENT_INVALID; delete it: ./baton dlq purge LAYER --id MESSAGE --yes",
  ),
  permanent(
    "EVENT_WITHOUT_RUN",
    "the event names no run",
    "Start the run anew: ./baton run --date DAY; delete the message: ./baton dlq purge LAYER --id MESSAGE --yes",
  ),
  transient("EVENTS_NOT_ACCEPTED", "the bus has refused events", "It is tried again; nothing is lost."),
  permanent(
    "INGESTION_FAILED",
    "QuickSight could not copy a data set into SPICE; gold itself is live",
    "Look at the data set's refresh history in QuickSight; when its cause is repaired: ./baton dlq replay refresh",
  ),
  permanent(
    "INGESTION_STUCK",
    "copies of data sets into SPICE do not end within two hours; gold itself is live",
    "Cancel what hangs in QuickSight, then: ./baton dlq replay refresh",
  ),
  transient("INTERRUPTED", "an attempt ended without a word", "Look at the end of the function's log."),
  transient("LAYER_BUSY", "the layer is at work", "Wait until it has ended: ./baton status"),
  transient("LEDGER_MIGRATION_BUSY", "another session is changing the ledger's tables", "It is tried again."),
  permanent("LEDGER_MISSING", "there is no ledger in the schema that was looked in", "Check AURORA_ENDPOINT."),
  transient(
    "LOAD_INTERRUPTED",
    "`baton load` was stopped by a signal; what is loaded is kept, live tables are as they were",
    "Run the same command again: it goes on with the rest.",
  ),
  permanent("LOAD_ROW_COUNT", "the server holds another number of rows than the dump", REPORT),
  transient("LOAD_TIME_BUDGET", "the load stopped in order before the time was up", "It goes on by itself."),
  permanent("LOAD_VERIFY", "a loaded row is not as the dump has it", REPORT),
  permanent("LOCAL_STACK_DOWN", "the stack on this machine does not run", "./baton local up"),
  transient("LOCK_LOST", "the attempt lost its layer's lock, most often with its connection", "It is tried again."),
  permanent("MANIFEST_INVALID", "the day's manifest cannot be used", NEW_DUMP),
  permanent("MANIFEST_MISSING", "there is no manifest for the day", NEW_DUMP),
  permanent("NO_BROWSER", "this machine has no program that shows a page", "Open the file that is named by hand."),
  permanent("NOTHING_ACCEPTED", "no acceptance of the run fits", "See what is accepted: ./baton quality accepted RUN"),
  permanent(
    "NOTHING_TO_ACCEPT",
    "the run has no failed test that fits",
    "See what it has: ./baton quality RUN; what only warns needs no acceptance.",
  ),
  transient(
    "PREDECESSOR_AT_WORK",
    "statements of an attempt that was killed have not ended yet, and would write beside this one",
    "They roll back; the layer is tried again. If they never end: SHOW PROCESSLIST, then restart the database.",
  ),
  permanent(
    "QUALITY_RULES",
    "the rules of the data checks cannot be read",
    "Repair the file that is named (docs/quality.md says what belongs there), deploy it, then replay.",
  ),
  permanent(
    "QUALITY_TESTS_FAILED",
    "data tests of error severity found something that nobody has accepted",
    'The last good set stays live. Look: ./baton quality. Repair the data or the model, or, if the data is right as it is: ./baton quality accept --reason "WHY". Then: ./baton dlq replay LAYER',
  ),
  permanent("QUALITY_UNKNOWN", "the run has no test results", "List the runs: ./baton runs"),
  permanent(
    "RECEIVED_TOO_OFTEN",
    "SQS moved the message to the dead-letter queue: the function could not even begin, time after time",
    "Look at the function's log for how it starts, then: ./baton dlq replay LAYER",
  ),
  permanent("REPLAY_FAILED", "the replay function has failed", "Nothing is lost; look at its log, then try again."),
  permanent(
    "REPLAY_NOT_ALLOWED",
    "AWS does not let this user invoke the replay function",
    "Ask for the right lambda:InvokeFunction on it; no other is needed.",
  ),
  permanent("REPLAY_REQUEST_INVALID", "the replay function cannot read the request", "docs/replay.md has its schema."),
  transient(
    "REPLAY_WITHOUT_LEDGER",
    "the replay function cannot read the ledger, so it does not know which runs newer ones have superseded",
    "Is the database up? To find out: ./baton doctor. To send all the same: ./baton dlq replay --force",
  ),
  permanent(
    "RUN_NOT_STARTED",
    "no layer has taken up the request for a run",
    "To look at rules and queues: ./baton doctor",
  ),
  permanent("RUN_SUPERSEDED", "a newer run has taken this run's place", "Nothing is to be done."),
  permanent("RUN_UNKNOWN", "there is no such run", "List them: ./baton runs"),
  permanent("SECRET_INVALID", "the database secret lacks username or password", "Store JSON with both in the secret."),
  permanent(
    "SERVICE_NOT_STARTED",
    "a service of the local stack did not start",
    "The end of its log is in the message.",
  ),
  permanent("STAGE_NOT_DEPLOYED", "the stage is not deployed", "deploy/deploy STAGE"),
  permanent("TARGET_MISMATCH", "this is another warehouse than the one that is expected", "Check AURORA_ENDPOINT."),
  permanent("TARGET_MOVED", "the warehouse lives on another server than before", "What differs: ./baton target show"),
  permanent("TARGET_READ_ONLY", "the warehouse is read-only", "Point AURORA_ENDPOINT at the writer endpoint."),
  permanent(
    "TARGET_TAKEN",
    "the warehouse belongs to another deployment",
    "Give this deployment a schemaPrefix or a database of its own.",
  ),
  permanent("TEST_UNKNOWN", "the run has no test of that name", "All of them: ./baton quality RUN --json"),
  permanent("UPSTREAM_NOT_LIVE", "the layer before has no live set", "Start from the first layer: ./baton run"),
  permanent(
    "UPSTREAM_OTHER_DATE",
    "a re-run from this layer finds another date in the layer before",
    "Load that date again, from its first layer: ./baton run --date DAY --force --allow-stale",
  ),
  transient("UPSTREAM_PUBLISHING", "another run is publishing the layer before", "The layer is tried again."),
  transient(
    "WEBHOOK_FAILED",
    "the chat tool did not take an alert; mail and the alerts queue have it",
    "Check the secret that webhookSecretArn names, and the webhook in the chat tool.",
  ),
];

const byCode = new Map(errorCodes.map((error) => [error.code, error]));

/** What a person can do about an error that gives no advice itself. */
export function adviceOf(code: string): string | undefined {
  return byCode.get(code)?.advice;
}
