import type { ErrorKind } from "./errors.ts";

/** What is known of one kind of fault: how to tell it, whether it passes, and what a person can do. */
export interface ErrorPattern {
  name: string;
  kind: ErrorKind;
  isRetriable: boolean;
  /** Shortest and longest wait before the next attempt, seconds; absent: the layer's own interval. */
  delaySeconds?: readonly [number, number];
  /** Numbers of MySQL and MariaDB errors. @see MySQL Error Message Reference */
  sqlErrors?: readonly number[];
  /** `name` or `code` of errors of Node, mysql2 and AWS. */
  codes?: readonly string[];
  /** What programs print that give no number or code; looked at last. */
  texts?: readonly RegExp[];
  advice: string;
}

/** First match counts; what matches none is transient, by the name `unknown` (handbook, design.md section 5, step 7). */
export const errorPatterns: readonly ErrorPattern[] = [
  {
    name: "deadlock",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1205, 1213, 3572],
    codes: ["ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT"],
    advice: "It passes by itself; if it does not, look for the session that holds the lock: SHOW PROCESSLIST",
  },
  {
    name: "connection-lost",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [
      1040, 1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1927, 2002, 2003, 2006, 2013, 2055, 4031,
    ],
    codes: [
      "ECONNREFUSED",
      "ECONNRESET",
      "EPIPE",
      "ETIMEDOUT",
      "EAI_AGAIN",
      "ENETUNREACH",
      "EHOSTUNREACH",
      "PROTOCOL_CONNECTION_LOST",
      "PROTOCOL_SEQUENCE_TIMEOUT",
      "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
    ],
    advice: "Check that the database is up and reachable: ./baton doctor",
  },
  {
    name: "query-stopped",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1317, 1969, 3024],
    advice: "Somebody or a time limit ended the query; it is tried again.",
  },
  {
    name: "aws-throttled",
    kind: "aws",
    isRetriable: true,
    delaySeconds: [5, 20],
    codes: [
      "InternalError",
      "InternalFailure",
      "LimitExceededException",
      "ProvisionedThroughputExceededException",
      "RequestLimitExceeded",
      "RequestTimeout",
      "ServiceUnavailable",
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "TimeoutError",
      "TooManyRequestsException",
    ],
    advice: "AWS asks to slow down; it passes by itself.",
  },
  {
    name: "credentials-expired",
    kind: "aws",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1045],
    codes: ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "CredentialsProviderError"],
    advice: "If it stays: check the database secret and the function's role (./baton doctor).",
  },
  {
    name: "disk-full",
    kind: "database",
    isRetriable: true,
    sqlErrors: [3, 28, 1021, 1114],
    codes: ["ENOSPC", "EDQUOT"],
    advice: "Make room: ephemeral storage of the function (serverless.yml) or storage of the database.",
  },
  {
    name: "killed",
    kind: "timeout",
    isRetriable: true,
    codes: ["CHILD_KILLED"],
    advice: "Killed from outside, most often for memory: raise the function's memory in the layer table.",
  },
  {
    name: "access-denied",
    kind: "aws",
    isRetriable: false,
    sqlErrors: [1044, 1142, 1143, 1227, 1370],
    codes: ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationErrorException"],
    advice: "Give the function's role or the database user the right that is named, then replay.",
  },
  {
    name: "read-only",
    kind: "target",
    isRetriable: false,
    sqlErrors: [1290, 1792, 1836],
    advice: "Point AURORA_ENDPOINT at the cluster's writer endpoint, then replay.",
  },
  {
    name: "trigger-in-the-way",
    kind: "target",
    isRetriable: false,
    sqlErrors: [1435],
    advice:
      "Somebody has put a trigger on a live table, and tables with triggers cannot be moved between schemas. " +
      "Find it with SHOW TRIGGERS FROM the schema, drop it, then replay.",
  },
  {
    name: "sql-invalid",
    kind: "data",
    isRetriable: false,
    sqlErrors: [1046, 1049, 1051, 1052, 1054, 1055, 1060, 1064, 1109, 1146, 1247, 1305, 1356],
    advice: "A column or table is not what the model expects: repair the model or the source, then replay.",
  },
  {
    name: "dbt-refused",
    kind: "data",
    isRetriable: false,
    texts: [/\bCompilation Error\b/, /\bParsing Error\b/],
    advice: "dbt says what is missing or wrong: repair it in the project or in the layer before, then replay.",
  },
  {
    name: "data-invalid",
    kind: "data",
    isRetriable: false,
    sqlErrors: [
      1048, 1062, 1136, 1216, 1217, 1264, 1265, 1292, 1300, 1364, 1366, 1406, 1411, 1451, 1452, 3140, 3819, 4025,
    ],
    advice: "The data breaks a rule of its table: look at the rows that the message names, then replay.",
  },
  {
    name: "object-missing",
    kind: "input",
    isRetriable: false,
    codes: ["NoSuchKey", "NoSuchBucket", "NotFound", "NoSuchVersion"],
    advice: "Put the object where the message says, then replay.",
  },
];

/** What matches no pattern: taken for passing, and counted. */
export const unknownPattern: ErrorPattern = {
  name: "unknown",
  kind: "bug",
  isRetriable: true,
  advice: "Look at the function's log; if it stays, report it with the run id.",
};
