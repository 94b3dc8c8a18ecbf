// One function for each layer, and the functions that serve all layers.
import { codeHash } from "../shared/config/code-hash.ts";
import { PermanentError } from "../shared/errors/errors.ts";
import { REFRESH_CHECK_SECONDS, REVIEW_CHECK_SECONDS } from "../shared/runtime/max-receives.ts";
import { instantOf } from "../shared/time/wall-time.ts";
import { userOfFunction, userOfLayer } from "../shared/warehouse/users/user-of-function.ts";
import { arnOf } from "./cloudformation.ts";
import { consumersOf, memoryOf, readLayers, type Consumer, type Layer } from "./layers.ts";
import { readSettings, type Settings, type Variables } from "./settings.ts";
import { migrationEnvironment, network, warehouseEnvironment } from "./warehouse.ts";

/** The lowest value that AWS allows. The ledger's lock limits a layer to one run at a time. */
const CONCURRENCY = 2;

/** Statements of a review at a time: it shares the server with a run. */
const REVIEW_THREADS = "2";

/** The rules of the data checks are in the dbt project; they are deployed with the code. */
const QUALITY_RULES = ["dbt/models/sources/staging.yml", "dbt/seeds/*.csv"];

/** Parameters and the hash of the code. */
type CodeSettings = Settings & { code: string };

function commonEnvironment(settings: CodeSettings) {
  return {
    BATON_STAGE: settings.stage,
    BATON_DEPLOYMENT: { "Fn::Sub": `\${AWS::AccountId}/\${AWS::Region}/${settings.stage}` },
    BATON_BUS: { Ref: "Bus" },
    BATON_BUCKET: { Ref: "Bucket" },
    BATON_CODE: settings.code,
    BATON_TIME_ZONE: settings.source.timeZone,
    BATON_TARGET_FINGERPRINT: settings.targetFingerprint,
    POWERTOOLS_SERVICE_NAME: "baton",
    POWERTOOLS_LOG_LEVEL: settings.logLevel,
    POWERTOOLS_LOGGER_SAMPLE_RATE: settings.logSampleRate,
    // an X-Ray library calls url.parse(), whose warning would be a log line that is not JSON
    NODE_OPTIONS: "--enable-source-maps --disable-warning=DEP0169",
    ...(settings.isLocal && { POWERTOOLS_TRACE_ENABLED: "false" }),
    ...(settings.awsEndpoint !== "" && { AWS_ENDPOINT_URL: settings.awsEndpoint }),
  };
}

/** dbt and Python are too large for a zip: AWS uses an image (dbt/Dockerfile), the emulator the local installation. */
function codeOf(handler: string, { runsDbt }: Pick<Consumer, "runsDbt">, { isLocal, dbtImage, stage }: Settings) {
  if (!runsDbt || isLocal) return { handler, package: { patterns: QUALITY_RULES } };
  if (!/@sha256:[0-9a-f]{64}$/.test(dbtImage)) {
    throw new PermanentError(
      "CONFIG_INVALID",
      `environment ${stage} needs --param=dbtImage=<repository>@sha256:<digest>: docs/deploy.md, step 4`,
    );
  }
  return { image: { uri: dbtImage, command: [handler] } };
}

function layerFunction(layer: Layer, settings: CodeSettings) {
  return {
    name: layer.functionName,
    description: `Layer ${layer.name} of Baton`,
    ...codeOf(`${layer.handler}.handler`, layer, settings),
    timeout: layer.timeoutSeconds,
    memorySize: layer.memoryMb,
    ephemeralStorageSize: layer.storageMb,
    role: arnOf(`${layer.id}Role`),
    ...network(settings),
    environment: {
      ...commonEnvironment(settings),
      ...warehouseEnvironment(userOfLayer({ isFirst: !layer.runsDbt }), settings),
      BATON_LAYER: JSON.stringify(layer.policy),
      BATON_QUEUE_URL: { Ref: `${layer.id}Queue` },
      BATON_DLQ_URL: { Ref: `${layer.id}Dlq` },
      BATON_INTERVAL_SCALE: String(settings.intervalScale),
      BATON_HEARTBEAT_SECONDS: String(settings.heartbeatSeconds),
      BATON_DUMP_NAME: settings.source.dumpName,
      BATON_SOURCE_DATABASE: settings.source.database ?? "",
      PRESERVE_EMPTY_TABLES: settings.source.mayBeEmpty.join(","),
      BATON_DBT_PYTHON: settings.dbtPython,
      BATON_DBT_PROJECT: settings.dbtProject,
      BATON_QUALITY_RULES: settings.isLocal ? settings.dbtProject : "/var/task/dbt",
      BATON_DBT_THREADS: settings.dbtThreads,
    },
    events: [queueEvent(layer)],
  };
}

function queueEvent({ id, batchSize = 1, batchSeconds }: Consumer) {
  return {
    sqs: {
      arn: arnOf(`${id}Queue`),
      batchSize,
      ...(batchSeconds !== undefined && { maximumBatchingWindow: batchSeconds }),
      maximumConcurrency: CONCURRENCY,
      functionResponseType: "ReportBatchItemFailures",
    },
  };
}

/** A function that receives events from the bus and serves all layers. */
function listenerFunction(
  listener: Consumer,
  settings: CodeSettings,
  description: string,
  environment: Record<string, unknown>,
) {
  const handler = `functions/${listener.name}/handler.handler`;
  return {
    name: listener.functionName,
    description,
    ...(listener.runsDbt ? codeOf(handler, listener, settings) : { handler }),
    timeout: listener.timeoutSeconds,
    memorySize: memoryOf(listener.name),
    role: arnOf(`${listener.id}Role`),
    environment: {
      ...commonEnvironment(settings),
      BATON_QUEUE_URL: { Ref: `${listener.id}Queue` },
      BATON_DLQ_URL: { Ref: `${listener.id}Dlq` },
      ...environment,
    },
    events: [queueEvent(listener)],
  };
}

/**
 * Every minute from two hours before the schedule to three hours after it, when the day's run is expected, and every
 * five minutes at other times. EventBridge rules use UTC: the hours cover both winter and summer time.
 */
function pulseSchedule({ schedule, timeZone }: Settings["source"]): string[] {
  const starts = ["2026-01-15", "2026-07-15"].map((day) => instantOf(`${day}T${schedule}:00`, timeZone).getUTCHours());
  const near = new Set(starts.flatMap((start) => [-2, -1, 0, 1, 2].map((shift) => (start + shift + 24) % 24)));
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const listOf = (isNear: boolean): string => hours.filter((hour) => near.has(hour) === isNear).join(",");
  return [`cron(* ${listOf(true)} * * ? *)`, `cron(0/5 ${listOf(false)} * * ? *)`];
}

/** Lambda must not retry a failed call: the next scheduled call does the same work. */
const scheduled = { maximumRetryAttempts: 0 };

/** The part `functions` of serverless.yml. */
export async function functions(variables: Variables) {
  const settings: CodeSettings = { ...(await readSettings(variables)), code: await codeHash(process.cwd()) };
  const layers = await readLayers(variables, settings);
  const { last, listeners, consumers } = consumersOf(layers, settings);
  const deadLetterQueues = [...consumers, { name: "rule", id: "Rule" }].map(
    ({ name, id }) => `{"name":"${name}","url":"\${${id}Dlq}"}`,
  );
  const layerQueues = { "Fn::Sub": JSON.stringify(layers.map(({ id }) => `\${${id}Queue}`)) };
  const layerSchemas = JSON.stringify(layers.map(({ name, alsoBuilds }) => ({ name, alsoBuilds })));
  const queues = consumers.map(({ name, id }) => {
    const before = layers.find((layer) => layer.name === name)?.listensTo;
    const upstream = before === undefined ? "" : `"listensTo":"${before}",`;
    return `{"layer":"${name}",${upstream}"queueUrl":"\${${id}Queue}","dlqUrl":"\${${id}Dlq}"}`;
  });
  return {
    ...Object.fromEntries(layers.map((layer) => [layer.name, layerFunction(layer, settings)])),
    sweep: {
      name: `baton-${settings.stage}-sweep`,
      description:
        "Repairs what killed functions left: unpublished events, runs without a message or that hold their turn",
      handler: "functions/sweep/handler.handler",
      timeout: 60,
      memorySize: memoryOf("sweep"),
      role: arnOf("SweepRole"),
      ...scheduled,
      ...network(settings),
      environment: {
        ...commonEnvironment(settings),
        ...warehouseEnvironment(userOfFunction.sweep, settings),
        BATON_LAYERS: layers.map(({ name }) => name).join(","),
        BATON_LAYER_QUEUES: layerQueues,
        BATON_TURN_LIMIT_MINUTES: settings.turnLimitMinutes,
      },
      events: [{ schedule: { rate: ["rate(5 minutes)"], enabled: true } }],
    },
    replay: {
      name: `baton-${settings.stage}-replay`,
      description: "Lists, replays and deletes DLQ messages for people without queue permissions",
      handler: "functions/replay/handler.handler",
      timeout: 300,
      memorySize: memoryOf("replay"),
      role: arnOf("ReplayRole"),
      ...network(settings),
      environment: {
        ...commonEnvironment(settings),
        ...warehouseEnvironment(userOfFunction.replay, settings),
        BATON_QUEUES: { "Fn::Sub": `[${queues.join(",")}]` },
      },
    },
    pulse: {
      name: `baton-${settings.stage}-pulse`,
      description: "Measures freshness, failures, DLQ messages, backups and the day's run",
      handler: "functions/pulse/handler.handler",
      timeout: 50,
      memorySize: memoryOf("pulse"),
      role: arnOf("PulseRole"),
      ...scheduled,
      ...network(settings),
      environment: {
        ...commonEnvironment(settings),
        ...warehouseEnvironment(userOfFunction.pulse, settings),
        BATON_LAYERS: layers.map(({ name }) => name).join(","),
        BATON_LAYER_QUEUES: layerQueues,
        BATON_DEAD_LETTER_QUEUES: { "Fn::Sub": `[${deadLetterQueues.join(",")}]` },
        BATON_RUN_DEADLINE: settings.runDeadline,
      },
      events: [
        { schedule: { rate: settings.isLocal ? ["rate(1 minute)"] : pulseSchedule(settings.source), enabled: true } },
      ],
    },
    notify: listenerFunction(listeners.notify, settings, "Sends alerts: problems, and when they are resolved", {
      BATON_ALERTS_TOPIC: { Ref: "AlertsTopic" },
      BATON_INCIDENTS_TABLE: { Ref: "Incidents" },
      BATON_LAST_LAYER: last,
      BATON_CONSOLE_URL: settings.consoleUrl,
      BATON_WEBHOOK_SECRET_ARN: settings.webhookSecretArn,
      BATON_WEBHOOK_FORMAT: settings.webhookFormat,
      BATON_DEFER_SECONDS: settings.isLocal ? "5" : "120",
    }),
    refresh: listenerFunction(listeners.refresh, settings, "Refreshes the dashboards after a run", {
      BATON_ACCOUNT: { Ref: "AWS::AccountId" },
      BATON_QUICKSIGHT_DATA_SETS: settings.quicksightDataSets.join(","),
      BATON_QUICKSIGHT_CHECK_SECONDS: settings.isLocal ? "2" : String(REFRESH_CHECK_SECONDS),
      ...(settings.quicksightEndpoint !== "" && { AWS_ENDPOINT_URL_QUICKSIGHT: settings.quicksightEndpoint }),
    }),
    console: {
      ...listenerFunction(listeners.console, settings, "Writes the console page after each run", {
        ...warehouseEnvironment(userOfFunction.console, settings),
        BATON_LAYER_SIZES: JSON.stringify(
          layers.map(({ name, memoryMb, storageMb }) => ({ name, memoryMb, storageMb })),
        ),
        BATON_RUN_DEADLINE: settings.runDeadline,
      }),
      ...network(settings),
    },
    docs: {
      ...listenerFunction(listeners.docs, settings, "Writes dbt's documentation when the project has changed", {
        ...warehouseEnvironment(userOfFunction.docs, settings),
        BATON_DBT_PYTHON: settings.dbtPython,
        BATON_DBT_PROJECT: settings.dbtProject,
      }),
      ...network(settings),
    },
    review: {
      ...listenerFunction(listeners.review, settings, "Reviews a change to models by its data", {
        ...warehouseEnvironment(userOfFunction.review, settings),
        BATON_DBT_PYTHON: settings.dbtPython,
        BATON_DBT_PROJECT: settings.dbtProject,
        BATON_DBT_THREADS: REVIEW_THREADS,
        BATON_LAYER_SCHEMAS: layerSchemas,
        BATON_REVIEW_CHECK_SECONDS: settings.isLocal ? "2" : String(REVIEW_CHECK_SECONDS),
      }),
      ...network(settings),
    },
    ...(listeners.migrate !== undefined &&
      settings.migration !== undefined && {
        migrate: {
          ...listenerFunction(listeners.migrate, settings, "Moves the warehouse to another server", {
            ...migrationEnvironment(settings.migration, settings),
            BATON_LAYER_SCHEMAS: layerSchemas,
          }),
          ...network(settings),
        },
      }),
  };
}
