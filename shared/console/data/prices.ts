/** A list price in US dollars, without free tiers, discounts and tax. */
export interface Price {
  what: string;
  /** The unit that the price is for. */
  per: string;
  usd: number;
  /** Page or list with the price. */
  source: string;
  /** Date of the list, or the date on which the page was read. */
  asOf: string;
}

export const PRICE_REGION = "ap-northeast-1 (Tokyo)";

function price(what: string, per: string, usd: number, source: string, asOf: string): Price {
  return { what, per, usd, source, asOf };
}

/** The region's file of the AWS price list, which names each price by its usage type. */
const listOf = (service: string): string =>
  `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${service}/current/ap-northeast-1/index.json`;
const page = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;

/** Prices for the cost of a run and of a month (`npm run cost`). */
export const prices = {
  lambdaGbSecond: price("Lambda compute, x86", "GB-second", 0.0000166667, listOf("AWSLambda"), "2026-09-23"),
  lambdaRequest: price("Lambda requests", "request", 0.2 / 1e6, listOf("AWSLambda"), "2026-09-23"),
  lambdaStorageGbSecond: price("Lambda storage above 512 MB", "GB-second", 3.7e-8, page("lambda"), "2026-11-24"),
  eventBridgeEvent: price("EventBridge custom events", "event of 64 KB", 1 / 1e6, page("eventbridge"), "2026-11-24"),
  sqsRequest: price("SQS requests, standard queue", "request", 0.4 / 1e6, listOf("AWSQueueService"), "2026-09-23"),
  s3Put: price("S3 PUT, COPY, LIST", "request", 0.0047 / 1e3, listOf("AmazonS3"), "2026-09-23"),
  s3Get: price("S3 GET, HEAD", "request", 0.00037 / 1e3, listOf("AmazonS3"), "2026-09-23"),
  s3GbMonth: price("S3 Standard storage", "GB-month", 0.025, listOf("AmazonS3"), "2026-09-23"),
  alarm: price("CloudWatch alarm, standard resolution", "alarm-month", 0.1, listOf("AmazonCloudWatch"), "2026-07-01"),
  compositeAlarm: price("CloudWatch composite alarm", "alarm-month", 0.5, page("cloudwatch"), "2026-11-28"),
  metric: price("CloudWatch custom metric", "metric-month", 0.3, listOf("AmazonCloudWatch"), "2026-07-01"),
  dashboard: price("CloudWatch dashboard", "dashboard-month", 3, page("cloudwatch"), "2026-11-28"),
  logGb: price("CloudWatch Logs, ingestion", "GB", 0.76, listOf("AmazonCloudWatch"), "2026-07-01"),
  logGbMonth: price("CloudWatch Logs, storage", "GB-month", 0.033, listOf("AmazonCloudWatch"), "2026-07-01"),
  trace: price("X-Ray traces recorded", "trace", 5 / 1e6, page("xray"), "2026-11-28"),
  secret: price("Secrets Manager secret", "secret-month", 0.4, listOf("AWSSecretsManager"), "2026-10-06"),
  key: price("KMS key", "key-month", 1, listOf("awskms"), "2026-10-06"),
  imageGbMonth: price("ECR image storage", "GB-month", 0.1, page("ecr"), "2026-11-28"),
  endpointHour: price("VPC interface endpoint", "endpoint-hour in a zone", 0.014, listOf("AmazonVPC"), "2026-09-13"),
  glueDpuHour: price("Glue job, Spark", "DPU-hour", 0.44, page("glue"), "2026-11-24"),
  stepFunctionsTransition: price(
    "Step Functions, standard workflow",
    "transition",
    0.025 / 1e3,
    page("step-functions"),
    "2026-11-24",
  ),
} satisfies Record<string, Price>;
