import type { ErrorPattern } from "../error-pattern.ts";

/** All numbers from `first` to `last`. */
function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/**
 * Errors of MySQL, MariaDB and Aurora, and of the connection to them. Where MySQL and MariaDB give one number two
 * meanings, the number is listed where a wrong verdict does the least harm.
 */
export const databasePatterns: readonly ErrorPattern[] = [
  {
    name: "deadlock",
    meaning: "two transactions blocked each other, and the server rolled this one back",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1020, 1213, 1412, 1614, 3058, 3101],
    codes: ["ER_LOCK_DEADLOCK"],
    advice: "Baton retries. If it continues, find the other session with SHOW ENGINE INNODB STATUS.",
  },
  {
    name: "lock-wait",
    meaning: "another session held a lock too long",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1099, 1100, 1205, 1206, 1223, 1689, 3572],
    codes: ["ER_LOCK_WAIT_TIMEOUT"],
    advice: "Baton retries. If it continues, find the session with SHOW PROCESSLIST and end it.",
  },
  {
    name: "connections-exhausted",
    meaning: "the server accepts no more connections or statements from this user",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1040, 1203, 1226],
    codes: ["ER_CON_COUNT_ERROR"],
    advice:
      "Check SHOW PROCESSLIST. Raise max_connections or the limits of the user, or reduce the number of dbt threads.",
  },
  {
    name: "connection-lost",
    meaning: "the database was not reachable or closed the connection, as in a failover",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [
      1042, 1043, 1053, 1077, 1078, 1079, 1080, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1835, 1927, 2001, 2002, 2003,
      2004, 2005, 2006, 2009, 2012, 2013, 2014, 2026, 2027, 2048, 2055, 3032, 3168, 3169, 4031, 6400,
    ],
    codes: [
      "EAI_AGAIN",
      "EAI_FAIL",
      "ECONNABORTED",
      "ECONNREFUSED",
      "ECONNRESET",
      "EHOSTDOWN",
      "EHOSTUNREACH",
      "ENETDOWN",
      "ENETRESET",
      "ENETUNREACH",
      "ENOTFOUND",
      "EPIPE",
      "ERR_STREAM_PREMATURE_CLOSE",
      "ETIMEDOUT",
      "HANDSHAKE_UNKNOWN_ERROR",
      "PROTOCOL_CONNECTION_LOST",
      "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
      "PROTOCOL_ENQUEUE_AFTER_QUIT",
      "PROTOCOL_PACKETS_OUT_OF_ORDER",
      "PROTOCOL_SEQUENCE_TIMEOUT",
    ],
    texts: [/Can't connect to (MySQL|local MySQL|server)/, /Lost connection to/, /server has gone away/],
    advice: "Baton retries. If it continues, check that the database runs and is reachable: ./baton doctor",
  },
  {
    name: "tls-refused",
    meaning: "the database's certificate is not trusted, or only one side requires TLS",
    kind: "target",
    isRetriable: false,
    sqlErrors: [3159],
    codes: [
      "CERT_HAS_EXPIRED",
      "CERT_NOT_YET_VALID",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "HANDSHAKE_NO_SSL_SUPPORT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    texts: [/certificate verify failed/, /self.signed certificate/],
    advice: "Correct AURORA_ENDPOINT, BATON_DATABASE_TLS or the CA bundle in BATON_DATABASE_CA, deploy, then replay.",
  },
  {
    name: "query-stopped",
    meaning: "a person or a time limit of the server stopped the query",
    kind: "database",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1317, 1969, 3024],
    advice:
      "Baton retries. If it continues, check max_statement_time (MySQL: max_execution_time) and who stops queries.",
  },
  {
    name: "database-memory",
    meaning: "the server ran out of memory or other resources",
    kind: "database",
    isRetriable: true,
    sqlErrors: [5, 1037, 1038, 1041, 1135, 3015, 3170],
    advice: "Check the load on the server. Reduce the number of dbt threads or choose a larger instance.",
  },
  {
    name: "database-damaged",
    meaning: "the server reports a damaged table or index",
    kind: "database",
    isRetriable: false,
    sqlErrors: [1033, 1034, 1035, 1194, 1195, 1712, 1817, 1877],
    advice: "Run CHECK TABLE on the table in the message. Then restore it from a backup: ./baton backups list",
  },
  {
    name: "disk-full",
    meaning: "a disk is full: of this machine, the function's /tmp or the database",
    kind: "database",
    isRetriable: true,
    sqlErrors: [3, 20, 28, 1021, 1026, 1114, 4139],
    codes: ["EDQUOT", "EFBIG", "ENOSPC"],
    texts: [/[Nn]o space left on device/, /\b[Ee]rr(or|no):? (28|135|136)\b/, /Disk quota exceeded/],
    advice:
      "Free space on the disk. On AWS, raise storageMb of the layer in serverless.yml for /tmp, or the storage of the " +
      "database. A local stack also stops on a full disk: ./baton local down",
  },
  {
    name: "storage-engine",
    meaning: "the server's storage engine reports an internal error",
    kind: "database",
    isRetriable: true,
    sqlErrors: [1015, 1016, 1180, 1181, 1296, 4068],
    // the number in the text can be one of disk-full or sql-invalid
    texts: [/from storage engine/, /\(errno: \d+/],
    advice: "Baton retries. If it continues, read the server's error log.",
  },
  {
    name: "credentials-refused",
    meaning: "the database rejects this user and password",
    kind: "target",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1045, 1698],
    advice:
      "Baton retries: a rotation causes it for seconds. If it continues, compare the secret with the user: ./baton doctor",
  },
  {
    name: "database-right-missing",
    meaning: "the database user lacks a privilege or is locked",
    kind: "target",
    isRetriable: false,
    sqlErrors: [1044, 1130, 1142, 1143, 1227, 1370, 1410, 1419, 1820, 1862, 3118, 3554, 4151],
    advice: "GRANT the privilege in the message to the user in the message, then replay.",
  },
  {
    name: "read-only",
    meaning: "the server is read-only: a failover, maintenance, a replica or the reader endpoint",
    kind: "target",
    isRetriable: true,
    delaySeconds: [5, 20],
    sqlErrors: [1036, 1290, 1792, 1836, 1874, 3989],
    advice:
      "Baton retries: a failover ends within minutes. If it continues, set AURORA_ENDPOINT to the writer endpoint, deploy, then replay.",
  },
  {
    name: "login-method-refused",
    meaning: "the database and the driver have no common way to log in",
    kind: "target",
    isRetriable: false,
    sqlErrors: [1251, 1275, 1524, 2049, 2054, 2058, 2059, 2061],
    advice:
      "Give the database user the plugin caching_sha2_password (MariaDB: mysql_native_password) and turn on TLS, then replay.",
  },
  {
    name: "server-setting",
    meaning: "a setting of the server forbids the statement",
    kind: "target",
    isRetriable: true,
    sqlErrors: [1148, 1153, 1162, 1286, 1301, 2068, 3161, 3750, 3825, 3826, 3827, 3833, 3948, 4166, 4182],
    advice:
      "Change the setting in the DB parameter group: the message names it, for example max_allowed_packet. Then replay.",
  },
  {
    name: "trigger-in-the-way",
    meaning: "a live table has a trigger, and MySQL cannot move a table with triggers to another schema",
    kind: "target",
    isRetriable: false,
    sqlErrors: [1435],
    advice: "Find the trigger with SHOW TRIGGERS FROM the schema in the message, drop it, then replay.",
  },
  {
    name: "table-mismatch",
    meaning: "a schema or table in the statement does not exist, or exists already",
    kind: "data",
    isRetriable: false,
    sqlErrors: [1007, 1008, 1046, 1049, 1050, 1051, 1109, 1146, 1932],
    advice:
      "Check whether anyone else creates or drops tables there. Else repair the model or the layer before it. Then replay.",
  },
  {
    name: "sql-invalid",
    meaning: "the server rejects the statement: a column, key, option, function or the syntax is wrong",
    kind: "data",
    isRetriable: false,
    sqlErrors: [
      ...[1052, 1054, 1055, 1056, 1059, 1060, 1061, 1063, 1064, 1065, 1066, 1067, 1068, 1069, 1070, 1071, 1072, 1073],
      ...[1074, 1075, 1082, 1089, 1090, 1091, 1093, 1101, 1102, 1103, 1110, 1111, 1112, 1113, 1115, 1116, 1117, 1118],
      ...[1121, 1139, 1140, 1149, 1163, 1164, 1166, 1167, 1170, 1171, 1173, 1176, 1191, 1193, 1214, 1215, 1221, 1222],
      ...[1230, 1231, 1232, 1234, 1235, 1239, 1240, 1241, 1247, 1248, 1250, 1252, 1253, 1267, 1270, 1271, 1273, 1280],
      ...[1283, 1291, 1293, 1294, 1305, 1318, 1347, 1356, 1391, 1415, 1425, 1427, 1439, 1463, 1464, 1470, 1474, 1478],
      ...span(1479, 1492),
      ...[1493, 1494, 1495, 1496, 1497, 1498, 1499, 1500, 1502, 1503, 1504, 1506, 1517, 1553],
      ...[1562, 1563, 1564, 1566, 1567, 1582, 1583, 1585, 1628, 1629, 1630, 1652, 1653, 1654, 1655, 1656, 1657, 1658],
      ...[1659, 1660, 1687, 1688, 1697, 1702, 1709, 1753, 1757, 1764, 1793, 1795, 1797, 1798, 1818],
      ...[1821, 1822, 1823, 1824, 1825, 1826, 1830, 1832, 1833, 1834, 1845, 1846, 1859, 1860, 1865, 1901, 1903, 1904],
      ...[1905, 1907, 1910, 1911, 1912, 1967, 1970, 3013, 3029, 3065, 3102, 3104, 3106, 3107, 3109, 3146, 3152, 3175],
      ...[3184, 3502, 3505, 3522, 3548, 3558, 3559, 3560, 3564, 3579, 3593, 3594, 3622],
      ...span(3684, 3700),
      ...[3721, 3728, 3729, 3733, 3734],
      ...span(3753, 3773),
      ...[3774, 3780, 3800, 3812, 3813, 3814, 3815, 3816, 3817, 3818, 3820, 3821, 3822, 3823, 3852, 3900, 3913],
      ...[3939, 3981, 4015, 4016, 4028, 4047, 4078, 4088, 4089, 4097, 4098, 4108, 4110, 4111, 4113, 4123, 4124, 4126],
      ...[4127, 4128, 4134, 4135, 4137, 4143, 4153, 4154, 4155, 4156, 4159, 4161, 4170, 4171, 4174, 6123, 6125, 6134],
    ],
    texts: [/\(errno: (121|140|150)\b/],
    advice:
      "A column, key or function is not what the statement expects: repair the model or the layer before it, then replay.",
  },
  {
    name: "duplicate-key",
    meaning: "two rows have the same primary or unique key",
    kind: "data",
    isRetriable: false,
    sqlErrors: [1022, 1062, 1169, 1586],
    advice:
      "The message has no values of rows: group the rows by the key that it names to find them. Repair the source or the model, then " +
      "replay. In models, all emoji are equal, as in utf8mb4_unicode_ci: if keys differ only in them, add `collate utf8mb4_bin` to " +
      "the data_type of the column.",
  },
  {
    name: "data-invalid",
    meaning: "a row violates a rule of its table or its type",
    kind: "data",
    isRetriable: false,
    sqlErrors: [
      ...[1048, 1058, 1136, 1216, 1217, 1242, 1264, 1265, 1292, 1299, 1300, 1364],
      ...[1365, 1366, 1367, 1406, 1411, 1416, 1426, 1441, 1451, 1452, 1525, 1526, 1557, 1591, 1690, 1737, 1742],
      ...[1748, 1761, 1762, 1906, 3033, 3037, 3105, 3140, 3141, 3142, 3143, 3144, 3147, 3150, 3151, 3155, 3156, 3157],
      ...[3158, 3643, 3730, 3731, 3732, 3819, 3854, 3903, 3904, 3905, 3906, 3907, 3908, 3988, 4025, 4035, 4036, 4037],
      ...[4038, 4039, 4040, 4074, 6136, 6137, 6138],
    ],
    advice:
      "The message has no values of rows: find them by the column that it names. Repair them at the source or in the model that " +
      "creates them, or give the column a wider data_type in the model's YAML. Then replay.",
  },
];
