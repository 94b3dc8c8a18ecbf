/** A step of the ledger's schema, applied once and in order; never changed after it was released. */
export interface Migration {
  version: number;
  name: string;
  statements: readonly string[];
}

const TABLE = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci";
const ID = "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ''";

/** All migrations of the ledger; times are UTC with microseconds. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: "runs, layers, steps, outbox, publications, backups, quality results, target",
    statements: [
      `CREATE TABLE run (
        seq bigint NOT NULL AUTO_INCREMENT COMMENT 'order of first sight: a greater one is newer',
        run_id varchar(40) NOT NULL,
        business_date date NOT NULL,
        state varchar(16) NOT NULL COMMENT 'running, completed, failed or superseded',
        requested_by varchar(16) NOT NULL,
        correlation_id varchar(64) NOT NULL,
        dump json DEFAULT NULL COMMENT 'reference to the dump: bucket, key, sha256, bytes, takenAt',
        started_at datetime(6) NOT NULL,
        finished_at datetime(6) DEFAULT NULL,
        PRIMARY KEY (run_id), UNIQUE KEY seq (seq), KEY business_date (business_date)
      ) ${TABLE}`,
      `CREATE TABLE layer_run (
        run_id varchar(40) NOT NULL,
        layer varchar(32) NOT NULL,
        state varchar(16) NOT NULL COMMENT 'running, retrying, completed, failed or superseded',
        attempt int NOT NULL COMMENT 'the fence: only the holder of the latest attempt may publish',
        first_attempt int NOT NULL DEFAULT 1 COMMENT 'where the present budget of attempts began',
        replay_id varchar(64) DEFAULT NULL COMMENT 'the last replay that renewed the budget',
        caused_by varchar(64) NOT NULL COMMENT 'id of the event that asked for this layer',
        started_at datetime(6) NOT NULL COMMENT 'of the first attempt',
        claimed_at datetime(6) NOT NULL COMMENT 'of the latest attempt',
        heartbeat_at datetime(6) NOT NULL,
        finished_at datetime(6) DEFAULT NULL,
        next_attempt_at datetime(6) DEFAULT NULL,
        stats json DEFAULT NULL,
        error json DEFAULT NULL,
        progress json DEFAULT NULL COMMENT 'what the next attempt needs to go on instead of starting anew',
        PRIMARY KEY (run_id, layer), KEY layer_claim (layer, claimed_at)
      ) ${TABLE}`,
      `CREATE TABLE attempt (
        run_id varchar(40) NOT NULL,
        layer varchar(32) NOT NULL,
        attempt int NOT NULL,
        state varchar(16) NOT NULL COMMENT 'running, completed, retrying, failed, interrupted or superseded',
        message_id varchar(100) NOT NULL,
        connection_id bigint NOT NULL,
        started_at datetime(6) NOT NULL,
        finished_at datetime(6) DEFAULT NULL,
        pattern varchar(64) DEFAULT NULL COMMENT 'name of the error pattern that decided the verdict',
        error json DEFAULT NULL,
        PRIMARY KEY (run_id, layer, attempt), KEY failures (layer, started_at)
      ) ${TABLE}`,
      `CREATE TABLE step (
        run_id varchar(40) NOT NULL,
        layer varchar(32) NOT NULL,
        name varchar(128) NOT NULL COMMENT 'a table load or a dbt node',
        kind varchar(16) NOT NULL,
        attempt int NOT NULL,
        state varchar(16) NOT NULL,
        row_count bigint DEFAULT NULL,
        byte_count bigint DEFAULT NULL,
        duration_ms int DEFAULT NULL,
        content_hash char(64) DEFAULT NULL,
        message text DEFAULT NULL,
        recorded_at datetime(6) NOT NULL,
        PRIMARY KEY (run_id, layer, name)
      ) ${TABLE}`,
      `CREATE TABLE outbox (
        event_id varchar(36) NOT NULL,
        run_id varchar(40) NOT NULL,
        detail_type varchar(32) NOT NULL,
        detail json NOT NULL,
        created_at datetime(6) NOT NULL,
        published_at datetime(6) DEFAULT NULL,
        PRIMARY KEY (event_id), KEY unpublished (published_at, created_at), KEY run (run_id)
      ) ${TABLE}`,
      `CREATE TABLE publication (
        run_id varchar(40) NOT NULL,
        layer varchar(32) NOT NULL,
        attempt int NOT NULL,
        state varchar(16) NOT NULL COMMENT 'intended, done or void',
        plan json NOT NULL COMMENT 'the renames that were decided, and the stats that they complete',
        intended_at datetime(6) NOT NULL,
        settled_at datetime(6) DEFAULT NULL,
        PRIMARY KEY (run_id, layer, attempt), KEY open_intents (layer, state)
      ) ${TABLE}`,
      `CREATE TABLE live_set (
        layer varchar(32) NOT NULL COMMENT 'whose tables are live',
        run_id varchar(40) NOT NULL,
        business_date date NOT NULL,
        published_at datetime(6) NOT NULL,
        PRIMARY KEY (layer)
      ) ${TABLE}`,
      `CREATE TABLE live_table (
        schema_name varchar(64) NOT NULL,
        table_name varchar(64) NOT NULL,
        content_hash char(64) NOT NULL COMMENT 'of the definition and rows in the dump',
        row_count bigint NOT NULL,
        byte_count bigint NOT NULL,
        signature varchar(255) NOT NULL COMMENT 'what the server says of the table as loaded',
        run_id varchar(40) NOT NULL,
        recorded_at datetime(6) NOT NULL,
        PRIMARY KEY (schema_name, table_name)
      ) ${TABLE}`,
      `CREATE TABLE backup (
        schema_name varchar(64) NOT NULL,
        backup_table varchar(64) NOT NULL,
        table_name varchar(64) NOT NULL,
        layer varchar(32) NOT NULL,
        run_id varchar(40) NOT NULL COMMENT 'the run whose publication replaced it',
        taken_on date NOT NULL COMMENT 'Tokyo day',
        taken_at datetime(6) NOT NULL,
        dropped_at datetime(6) DEFAULT NULL,
        PRIMARY KEY (schema_name, backup_table), KEY by_table (layer, table_name, taken_at)
      ) ${TABLE}`,
      `CREATE TABLE quality_result (
        run_id varchar(40) NOT NULL,
        layer varchar(32) NOT NULL,
        test varchar(255) NOT NULL,
        model varchar(128) NOT NULL,
        severity varchar(8) NOT NULL,
        status varchar(16) NOT NULL COMMENT 'pass, warn, fail, error or skipped',
        failures bigint DEFAULT NULL,
        message text DEFAULT NULL,
        recorded_at datetime(6) NOT NULL,
        PRIMARY KEY (run_id, layer, test)
      ) ${TABLE}`,
      `CREATE TABLE target (
        id tinyint NOT NULL,
        identity char(36) NOT NULL COMMENT 'of this warehouse, made with the ledger',
        server_identity varchar(255) NOT NULL COMMENT 'the server that held it when it was adopted',
        adopted_at datetime(6) NOT NULL,
        PRIMARY KEY (id)
      ) ${TABLE}`,
    ],
  },
  {
    version: 2,
    name: "quality results by attempt and column",
    statements: [
      `ALTER TABLE quality_result
        ADD COLUMN attempt int NOT NULL DEFAULT 1 AFTER layer,
        ADD COLUMN column_name varchar(128) NOT NULL DEFAULT '' COMMENT 'empty: the test looks at the whole table' AFTER model,
        DROP PRIMARY KEY, ADD PRIMARY KEY (run_id, layer, attempt, test)`,
    ],
  },
  {
    version: 3,
    name: "profiles of source tables, accepted findings",
    statements: [
      `CREATE TABLE table_profile (
        table_name varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        content_hash char(64) CHARACTER SET ascii NOT NULL COMMENT 'of definition and rows: equal content has one profile',
        recipe char(16) CHARACTER SET ascii NOT NULL COMMENT 'what was counted, and how',
        row_count bigint NOT NULL,
        newest_change datetime DEFAULT NULL COMMENT 'greatest updated_at, UTC; NULL without such a column or value',
        columns json NOT NULL COMMENT 'in order: name, type, isNullable, blanks; codes with their counts',
        profiled_at datetime(6) NOT NULL,
        PRIMARY KEY (table_name, content_hash, recipe)
      ) ${TABLE}`,
      `CREATE TABLE run_table (
        run_id varchar(40) NOT NULL,
        business_date date NOT NULL,
        table_name varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        content_hash char(64) CHARACTER SET ascii NOT NULL,
        recipe char(16) CHARACTER SET ascii NOT NULL,
        PRIMARY KEY (run_id, table_name), KEY by_day (business_date), KEY by_content (table_name, content_hash, recipe)
      ) ${TABLE}`,
      `CREATE TABLE quality_acceptance (
        id bigint NOT NULL AUTO_INCREMENT,
        run_id varchar(40) NOT NULL,
        layer varchar(32) NOT NULL,
        test varchar(255) NOT NULL,
        message text DEFAULT NULL COMMENT 'what was found and accepted',
        accepted_by varchar(128) NOT NULL,
        reason varchar(1000) NOT NULL,
        accepted_at datetime(6) NOT NULL,
        PRIMARY KEY (id), UNIQUE KEY once (run_id, test)
      ) ${TABLE}`,
    ],
  },
  {
    version: 4,
    name: "failures",
    statements: [
      `CREATE TABLE failure (
        id bigint NOT NULL AUTO_INCREMENT,
        run_id varchar(40) DEFAULT NULL COMMENT 'null: the message told no run',
        layer varchar(32) NOT NULL,
        attempt int NOT NULL COMMENT '0: the message could not be claimed',
        message_id varchar(100) DEFAULT NULL,
        pattern varchar(64) NOT NULL COMMENT 'name of the error pattern, or the code of an error that Baton raised',
        kind varchar(16) NOT NULL,
        code varchar(64) NOT NULL,
        subject varchar(255) DEFAULT NULL COMMENT 'the models or tables that failed, separated by commas',
        database_error int DEFAULT NULL COMMENT 'number of the server''s error',
        message text NOT NULL,
        advice text DEFAULT NULL,
        is_retriable tinyint NOT NULL COMMENT 'by the nature of the fault',
        verdict varchar(16) NOT NULL COMMENT 'retry or dead-letter',
        occurred_at datetime(6) NOT NULL,
        PRIMARY KEY (id), KEY of_run (run_id, layer, attempt), KEY by_time (occurred_at), KEY by_pattern (layer, pattern, occurred_at)
      ) ${TABLE}`,
    ],
  },
  {
    version: 5,
    name: "owner and servers of the target, order of the outbox, re-runs from a layer, who superseded",
    statements: [
      `ALTER TABLE target
        ADD COLUMN members json DEFAULT NULL COMMENT 'servers seen to share its storage: an Aurora cluster',
        ADD COLUMN realm varchar(128) DEFAULT NULL COMMENT 'account and region of its RDS endpoint',
        ADD COLUMN deployment varchar(160) DEFAULT NULL COMMENT 'account/region/stage of the stack that writes here',
        ADD COLUMN adopted_by varchar(128) DEFAULT NULL COMMENT 'who moved it here on purpose'`,
      `CREATE TABLE target_adoption (
        id bigint NOT NULL AUTO_INCREMENT,
        adopted_at datetime(6) NOT NULL,
        adopted_by varchar(128) NOT NULL,
        previous json NOT NULL COMMENT 'fingerprint, server, members, realm, deployment before',
        present json NOT NULL COMMENT 'the same after',
        PRIMARY KEY (id)
      ) ${TABLE}`,
      `ALTER TABLE outbox
        ADD COLUMN seq bigint NOT NULL AUTO_INCREMENT COMMENT 'order in which a run''s events are told',
        ADD UNIQUE KEY seq (seq)`,
      `ALTER TABLE run
        ADD COLUMN is_forced tinyint NOT NULL DEFAULT 0 COMMENT '1: may replace newer dates',
        ADD COLUMN from_layer varchar(32) DEFAULT NULL COMMENT 'a re-run that begins at this layer'`,
      `ALTER TABLE layer_run ADD COLUMN superseded_by varchar(40) DEFAULT NULL COMMENT 'the run that took its place'`,
    ],
  },
  {
    version: 6,
    name: "graph of models",
    statements: [
      `CREATE TABLE model_graph (
        layer varchar(32) NOT NULL COMMENT 'that built last with this graph',
        run_id varchar(40) NOT NULL,
        nodes json NOT NULL COMMENT 'sources, seeds and models of the dbt project, with what each depends on',
        recorded_at datetime(6) NOT NULL,
        PRIMARY KEY (layer)
      ) ${TABLE}`,
    ],
  },
  {
    version: 7,
    name: "whose set a backup was",
    statements: [
      `ALTER TABLE backup
        ADD COLUMN set_run_id varchar(40) DEFAULT NULL COMMENT 'the run whose set it was while it was live'`,
    ],
  },
  {
    version: 8,
    name: "no graph of models: dbt's documentation has it",
    statements: ["DROP TABLE model_graph"],
  },
  {
    version: 9,
    name: "sets of backups, unique IDs of tests",
    statements: [
      `ALTER TABLE backup
        ADD COLUMN set_id varchar(64) DEFAULT NULL COMMENT 'backups of a layer with one ID were one set; NULL: of a single table',
        ADD COLUMN view_select mediumtext DEFAULT NULL COMMENT 'of a view, which has no backup table'`,
      "UPDATE backup SET set_id = CONCAT(run_id, '/', UNIX_TIMESTAMP(taken_at)) WHERE set_id IS NULL AND run_id <> 'restore'",
      `ALTER TABLE quality_result ADD COLUMN test_id ${ID} COMMENT 'dbt''s unique ID'`,
      "UPDATE quality_result SET test_id = test WHERE test_id = ''",
      "ALTER TABLE quality_result DROP PRIMARY KEY, ADD PRIMARY KEY (run_id, layer, attempt, test_id)",
      `ALTER TABLE quality_acceptance ADD COLUMN test_id ${ID}`,
      "UPDATE quality_acceptance SET test_id = test WHERE test_id = ''",
      "ALTER TABLE quality_acceptance DROP KEY once, ADD UNIQUE KEY once (run_id, layer, test_id)",
      `ALTER TABLE step ADD COLUMN step_id ${ID} COMMENT 'dbt''s unique ID, or the name'`,
      "UPDATE step SET step_id = name WHERE step_id = ''",
      "ALTER TABLE step DROP PRIMARY KEY, ADD PRIMARY KEY (run_id, layer, step_id)",
    ],
  },
  {
    version: 10,
    name: "runs take their turn",
    statements: [
      `ALTER TABLE run
        ADD COLUMN request json DEFAULT NULL COMMENT 'detail of the PipelineRequested that starts it when its turn comes',
        ADD COLUMN turn_started_at datetime(6) DEFAULT NULL COMMENT 'when it became the active run, the last time',
        ADD KEY by_state (state, business_date)`,
      `CREATE TABLE turn (
        id tinyint NOT NULL COMMENT 'one row, locked by whoever starts or ends a run',
        PRIMARY KEY (id)
      ) ${TABLE}`,
      "INSERT IGNORE INTO turn VALUES (1)",
    ],
  },
  {
    version: 11,
    name: "unique IDs of checks of source tables in results of older runs",
    statements: [
      // as checkId makes them; the hash in a dbt test's unique ID cannot be found out from its name
      `UPDATE quality_result
        SET test_id = CONCAT_WS('.', 'source', test, model, NULLIF(column_name, ''))
        WHERE layer = 'staging' AND test_id = test
          AND CHAR_LENGTH(CONCAT_WS('.', 'source', test, model, NULLIF(column_name, ''))) <= 255`,
      `UPDATE quality_acceptance AS accepted JOIN quality_result AS result USING (run_id, layer, test)
        SET accepted.test_id = result.test_id WHERE accepted.layer = 'staging' AND accepted.test_id = accepted.test`,
    ],
  },
  {
    version: 12,
    name: "purged DLQ messages",
    statements: [
      `ALTER TABLE layer_run
        ADD COLUMN purged_at datetime(6) DEFAULT NULL COMMENT 'when an operator deleted its DLQ message; NULL after a replay'`,
    ],
  },
  {
    version: 13,
    name: "retired warehouses",
    statements: [
      `ALTER TABLE target
        ADD COLUMN retired_to varchar(255) DEFAULT NULL COMMENT 'host:port of the warehouse since it was moved',
        ADD COLUMN retired_at datetime(6) DEFAULT NULL,
        ADD COLUMN retired_by varchar(128) DEFAULT NULL`,
    ],
  },
];
