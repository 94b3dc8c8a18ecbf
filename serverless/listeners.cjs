"use strict";
// Functions that listen to the bus like layers, but serve all of them: queue, dead-letter queue and rule as a layer has.

const { maxReceives, REFRESH_CHECKS } = require("../shared/runtime/max-receives.ts");

const SOURCE = ["baton"];

const listener = (name, id, timeoutSeconds, stage, pattern) => ({
  name,
  id,
  queueName: `baton-${stage}-${name}`,
  dlqName: `baton-${stage}-${name}-dlq`,
  functionName: `baton-${stage}-${name}`,
  timeoutSeconds,
  maxReceiveCount: maxReceives(0),
  pattern: { source: SOURCE, ...pattern },
});

/** @param lastLayer name of the layer whose completion makes new data visible */
module.exports = (stage, lastLayer) => ({
  notify: listener("notify", "Notify", 60, stage, {
    "detail-type": ["LayerFailed", "QualityTestFailed", "PipelineCompleted", "DashboardsRefreshed"],
  }),
  refresh: {
    ...listener("refresh", "Refresh", 60, stage, {
      "detail-type": ["LayerCompleted", "LayerRestored"],
      detail: { data: { layer: [lastLayer] } },
    }),
    // each check of the ingestions is a receive of the same message
    maxReceiveCount: maxReceives(REFRESH_CHECKS),
  },
  // a burst of events makes one page
  console: {
    ...listener("console", "Console", 60, stage, { "detail-type": ["LayerFailed", "PipelineCompleted"] }),
    batchSize: 10,
    batchSeconds: 5,
  },
  docs: {
    ...listener("docs", "Docs", 300, stage, { "detail-type": ["PipelineCompleted"] }),
    runsDbt: true,
  },
});
