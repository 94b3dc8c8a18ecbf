/** How servers quote a value of a row in an error, with the words around it; the quoted value goes. */
const QUOTED_VALUES = [
  /(Duplicate entry )'.*?'( for key)/gs,
  /(Incorrect [\w() ]+ value: )'.*?'( for (?:column|function))/gs,
  /(Truncated incorrect [\w() ]+ value: )'.*?'($|[\n;,)]|\s)/gs,
  /(Invalid \w+ character string: )'.*?'($|[\n;,)]|\s)/gs,
  /(Cannot convert string )'.*?'( from)/gs,
  /(value is out of range in )'.*?'($|[\n;,)]|\s)/gs,
];

/**
 * Takes values of rows out of an error's text: logs, events, dead letters and alerts carry no row data (handbook,
 * design.md section 11).
 *
 * @see MariaDB "Error Codes" and MySQL "Server Error Message Reference": 1062, 1292, 1300, 1366, 1690, 3854
 */
export function withoutValues(text: string): string {
  return QUOTED_VALUES.reduce((redacted, pattern) => redacted.replace(pattern, "$1'…'$2"), text);
}
