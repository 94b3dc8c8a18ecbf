/** A quoted value can contain anything, quotes too; it ends at the latest where another message begins. */
const TO_ITS_END = String.raw`'(?:(?!\n\s+(?:compiled|at) | \(\d{4}\)|; [\w.]+: ).)*'`;

/** Formats in which servers quote a value of a row in an error; the value is removed. */
const QUOTED_VALUES = [
  /(Duplicate entry )'(?:(?!Duplicate entry ').)*'( for key)/gs,
  /(Incorrect [\w() ]+ value: )'(?:(?!Incorrect [\w() ]+ value: ').)*'( for (?:column|function))/gs,
  new RegExp(`((?:Truncated incorrect|Incorrect) [\\w() ]+ value: )(?!'…')${TO_ITS_END}()`, "gs"),
  new RegExp(`(Invalid \\w+ character string: )${TO_ITS_END}()`, "gs"),
  /(Cannot convert string )'.*'( from)/gs,
  /(Encountered illegal value )'.*'( when converting)/gs,
  /(Illegal \w+ )'.*'( value found during parsing)/gs,
  new RegExp(`(value is out of range in )${TO_ITS_END}()`, "gs"),
];
/** A value without quotes. */
const BARE_VALUE = /(Table has no partition for value )[^\n;]*/g;

/**
 * Removes values of rows from the text of an error: logs, events, DLQ messages and alerts contain no row data.
 *
 * @see MariaDB "Error Codes" and MySQL "Server Error Message Reference": 1062, 1292, 1300, 1366, 1367, 1525, 1526,
 *   1690, 3854; MariaDB 1918
 */
export function withoutValues(text: string): string {
  const redacted = QUOTED_VALUES.reduce((shown, pattern) => shown.replace(pattern, "$1'…'$2"), text);
  return redacted.replace(BARE_VALUE, "$1…");
}
