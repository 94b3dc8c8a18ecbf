/** A quoted value ends here at the latest: what others have to say begins. Within it anything may stand, quotes too. */
const TO_ITS_END = String.raw`'(?:(?!\n\s+(?:compiled|at) | \(\d{4}\)|; [\w.]+: ).)*'`;

/** How servers quote a value of a row in an error, with the words around it; the quoted value goes. */
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
 * Takes values of rows out of an error's text: logs, events, dead letters and alerts carry no row data (handbook,
 * design.md section 11).
 *
 * @see MariaDB "Error Codes" and MySQL "Server Error Message Reference": 1062, 1292, 1300, 1366, 1367, 1525, 1526,
 *   1690, 3854; MariaDB 1918
 */
export function withoutValues(text: string): string {
  const redacted = QUOTED_VALUES.reduce((shown, pattern) => shown.replace(pattern, "$1'…'$2"), text);
  return redacted.replace(BARE_VALUE, "$1…");
}
