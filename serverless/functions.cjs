"use strict";
// One function a layer, and those that serve all layers.
const { codeHash } = require("../shared/config/code-hash.ts");
const { userOfFunction, userOfLayer } = require("../shared/warehouse/users/user-of-function.ts");
const { REFRESH_CHECK_SECONDS } = require("../shared/runtime/max-receives.ts");
const expandLayers = require("./layers.cjs");
const listenersOf = require("./listeners.cjs");
const memoryOf = require("./memory.cjs");
const readSettings = require("./settings.cjs");
const { network, warehouseEnvironment } = require("./warehouse.cjs");

/** At least 2 by AWS; one run of a layer at a time comes from the ledger's lock. */
const CONCURRENCY = 2;

/** The rules of the data checks go along with the code: they stand in the dbt project. */
const QUALITY_RULES = ["dbt/models/sources/staging.yml", "dbt/seeds/*.csv"];

function commonEnvironment(settings) {
  return {
    BATON_STAGE: settings.stage,
    BATON_DEPLOYMENT: { "Fn::Sub": `\${AWS::AccountId}/\${AWS::Region}/${settings.stage}` },
    BATON_BUS: { Ref: "Bus" },
    BATON_BUCKET: { Ref: "Bucket" },
    BATON_CODE: settings.code,
    BATON_TARGET_FINGERPRINT: settings.targetFingerprint,
    POWERTOOLS_SERVICE_NAME: "baton",
    POWERTOOLS_LOG_LEVEL: settings.logLevel,
    POWERTOOLS_LOGGER_SAMPLE_RATE: String(settings.logSampleRate),
    // a library of X-Ray calls url.parse(); its warning would be a log line of another format
    NODE_OPTIONS: "--enable-source-maps --disable-warning=DEP0169",
    ...(settings.isLocal && { POWERTOOLS_TRACE_ENABLED: "false" }),
    ...(settings.awsEndpoint && { AWS_ENDPOINT_URL: settings.awsEndpoint }),
  };
}

/** dbt and Python are too large for a zip: on AWS they are an image (dbt/Dockerfile), locally what set-up installed. */
function codeOf({ name, runsDbt }, { isLocal, dbtImage, stage }) {
  const handler = `functions/${name}/handler.handler`;
  if (!runsDbt || isLocal) return { handler, package: { patterns: QUALITY_RULES } };
  if (!/@sha256:[0-9a-f]{64}$/.test(dbtImage)) {
    throw new Error(`stage ${stage} needs --param=dbtImage=<repository>@sha256:<digest>: docs/deploy.md, step 4`);
  }
  return { image: { uri: dbtImage, command: [handler] } };
}

function layerFunction(layer, settings) {
  return {
    name: layer.functionName,
    description: `Layer ${layer.name} of Baton`,
    ...codeOf(layer, settings),
    timeout: layer.timeoutSeconds,
    memorySize: layer.memoryMb,
    ephemeralStorageSize: layer.storageMb,
    role: { "Fn::GetAtt": [`${layer.id}Role`, "Arn"] },
    ...network(settings),
    environment: {
      ...commonEnvironment(settings),
      ...warehouseEnvironment(userOfLayer({ isFirst: !layer.listensTo }), settings),
      BATON_LAYER: JSON.stringify(layer.policy),
      BATON_QUEUE_URL: { Ref: `${layer.id}Queue` },
      BATON_DLQ_URL: { Ref: `${layer.id}Dlq` },
      BATON_INTERVAL_SCALE: String(settings.intervalScale),
      BATON_HEARTBEAT_SECONDS: String(settings.heartbeatSeconds),
      PRESERVE_EMPTY_TABLES: settings.preserveEmptyTables,
      BATON_DBT_PYTHON: settings.dbtPython,
      BATON_DBT_PROJECT: settings.dbtProject,
      BATON_QUALITY_RULES: settings.isLocal ? settings.dbtProject : "/var/task/dbt",
      BATON_DBT_THREADS: String(settings.dbtThreads),
    },
    events: [queueEvent(layer)],
  };
}

function queueEvent({ id, batchSize = 1, batchSeconds }) {
  return {
    sqs: {
      arn: { "Fn::GetAtt": [`${id}Queue`, "Arn"] },
      batchSize,
      ...(batchSeconds && { maximumBatchingWindow: batchSeconds }),
      maximumConcurrency: CONCURRENCY,
      functionResponseType: "ReportBatchItemFailures",
    },
  };
}

/** A function that listens to the bus and serves all layers. */
function listenerFunction(listener, settings, description, environment) {
  return {
    name: listener.functionName,
    description,
    ...(listener.runsDbt ? codeOf(listener, settings) : { handler: `functions/${listener.name}/handler.handler` }),
    timeout: listener.timeoutSeconds,
    memorySize: memoryOf(listener.name),
    role: { "Fn::GetAtt": [`${listener.id}Role`, "Arn"] },
    environment: {
      ...commonEnvironment(settings),
      BATON_QUEUE_URL: { Ref: `${listener.id}Queue` },
      BATON_DLQ_URL: { Ref: `${listener.id}Dlq` },
      ...environment,
    },
    events: [queueEvent(listener)],
  };
}

module.exports = async (variables) => {
  const settings = { ...(await readSettings(variables)), code: await codeHash(process.cwd()) };
  const layers = expandLayers(await variables.resolveVariable("self:custom.layers"), settings.stage);
  const listeners = listenersOf(settings.stage, layers.find(({ isLast }) => isLast).name);
  const withQueues = [...layers, ...Object.values(listeners)];
  const deadLetterQueues = [...withQueues, { name: "rule", id: "Rule" }].map(
    ({ name, id }) => `{"name":"${name}","url":"\${${id}Dlq}"}`,
  );
  const queues = withQueues.map(({ name, id, listensTo }) => {
    const upstream = listensTo ? `"listensTo":"${listensTo}",` : "";
    return `{"layer":"${name}",${upstream}"queueUrl":"\${${id}Queue}","dlqUrl":"\${${id}Dlq}"}`;
  });
  return {
    ...Object.fromEntries(layers.map((layer) => [layer.name, layerFunction(layer, settings)])),
    sweep: {
      name: `baton-${settings.stage}-sweep`,
      description: "Publishes events that a function that died left in the outbox",
      handler: "functions/sweep/handler.handler",
      timeout: 60,
      memorySize: memoryOf("sweep"),
      role: { "Fn::GetAtt": ["SweepRole", "Arn"] },
      ...network(settings),
      environment: { ...commonEnvironment(settings), ...warehouseEnvironment(userOfFunction.sweep, settings) },
      events: [{ schedule: { rate: ["rate(5 minutes)"], enabled: true } }],
    },
    replay: {
      name: `baton-${settings.stage}-replay`,
      description: "Lists, replays and deletes dead letters for people without queue permissions",
      handler: "functions/replay/handler.handler",
      timeout: 300,
      memorySize: memoryOf("replay"),
      role: { "Fn::GetAtt": ["ReplayRole", "Arn"] },
      ...network(settings),
      environment: {
        ...commonEnvironment(settings),
        ...warehouseEnvironment(userOfFunction.replay, settings),
        BATON_QUEUES: { "Fn::Sub": `[${queues.join(",")}]` },
      },
    },
    pulse: {
      name: `baton-${settings.stage}-pulse`,
      description: "Measures every minute how things stand: freshness, failures, dead letters, backups, the day's run",
      handler: "functions/pulse/handler.handler",
      timeout: 50,
      memorySize: memoryOf("pulse"),
      role: { "Fn::GetAtt": ["PulseRole", "Arn"] },
      ...network(settings),
      environment: {
        ...commonEnvironment(settings),
        ...warehouseEnvironment(userOfFunction.pulse, settings),
        BATON_LAYERS: layers.map(({ name }) => name).join(","),
        BATON_DEAD_LETTER_QUEUES: { "Fn::Sub": `[${deadLetterQueues.join(",")}]` },
        BATON_RUN_DEADLINE: settings.runDeadline,
      },
      events: [{ schedule: { rate: ["rate(1 minute)"], enabled: true } }],
    },
    notify: listenerFunction(listeners.notify, settings, "Tells people what is wrong and when it is right again", {
      BATON_ALERTS_TOPIC: { Ref: "AlertsTopic" },
      BATON_INCIDENTS_TABLE: { Ref: "Incidents" },
      BATON_LAST_LAYER: layers.find(({ isLast }) => isLast).name,
      BATON_CONSOLE_URL: settings.consoleUrl,
      BATON_WEBHOOK_SECRET_ARN: settings.webhookSecretArn,
      BATON_WEBHOOK_FORMAT: settings.webhookFormat,
      BATON_DEFER_SECONDS: settings.isLocal ? "5" : "120",
    }),
    refresh: listenerFunction(listeners.refresh, settings, "Lets the dashboards read the new gold tables", {
      BATON_ACCOUNT: { Ref: "AWS::AccountId" },
      BATON_QUICKSIGHT_DATA_SETS: settings.quicksightDataSets,
      BATON_QUICKSIGHT_CHECK_SECONDS: settings.isLocal ? "1" : String(REFRESH_CHECK_SECONDS),
      ...(settings.quicksightEndpoint && { AWS_ENDPOINT_URL_QUICKSIGHT: settings.quicksightEndpoint }),
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
  };
};
