/** List prices in US dollars, without free tiers, discounts and tax. */
export const prices = {
  region: "ap-northeast-1 (Tokyo)",
  asOf: "2026-11",
  source:
    "aws.amazon.com: /lambda/pricing, /sqs/pricing, /eventbridge/pricing, /s3/pricing, /glue/pricing, /step-functions/pricing",
  lambdaGbSecond: 0.0000166667,
  lambdaRequest: 0.2 / 1e6,
  /** Above the 512 MB that come with a function. */
  lambdaStorageGbSecond: 0.000000037,
  eventBridgeEvent: 1 / 1e6,
  sqsRequest: 0.4 / 1e6,
  s3Put: 0.0047 / 1e3,
  s3Get: 0.00037 / 1e3,
  glueDpuHour: 0.44,
  stepFunctionsTransition: 0.025 / 1e3,
} as const;
