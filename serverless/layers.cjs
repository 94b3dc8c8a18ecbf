"use strict";
// The layer table of serverless.yml with what follows from it: names, resource ids, who is last.

const { maxReceives } = require("../shared/runtime/max-receives.ts");

const pascal = (name) => name.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase());

const TIMEOUT_SECONDS = 900;

/** Names of the layers before a layer, the first layer first. */
function ancestorsOf({ listensTo }, layers) {
  const before = layers.find(({ name }) => name === listensTo);
  return before === undefined ? [] : [...ancestorsOf(before, layers), before.name];
}

module.exports = (layers, stage) =>
  layers.map((layer) => ({
    ...layer,
    id: pascal(layer.name),
    // the first layer is loaded, all others are dbt's
    runsDbt: Boolean(layer.listensTo),
    isLast: !layers.some(({ listensTo }) => listensTo === layer.name),
    queueName: `baton-${stage}-${layer.name}`,
    dlqName: `baton-${stage}-${layer.name}-dlq`,
    functionName: `baton-${stage}-${layer.name}`,
    timeoutSeconds: layer.timeoutSeconds ?? TIMEOUT_SECONDS,
    maxReceiveCount: maxReceives(layer.retries),
    /** What a function of the layer is told in BATON_LAYER. */
    policy: {
      name: layer.name,
      ...(layer.listensTo && { listensTo: layer.listensTo, ancestors: ancestorsOf(layer, layers) }),
      isLast: !layers.some(({ listensTo }) => listensTo === layer.name),
      retries: layer.retries,
      retryIntervalSeconds: layer.retryIntervalSeconds,
      backoff: layer.backoff,
    },
  }));
