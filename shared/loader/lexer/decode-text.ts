/** Encoding Standard names of MySQL's character sets; the server's `latin1` is windows-1252. */
const LABELS: Readonly<Record<string, string>> = {
  utf8mb4: "utf-8",
  ascii: "utf-8",
  binary: "utf-8",
  latin1: "windows-1252",
  latin2: "iso-8859-2",
  latin5: "iso-8859-9",
  latin7: "iso-8859-13",
  cp1250: "windows-1250",
  cp1251: "windows-1251",
  cp1256: "windows-1256",
  cp1257: "windows-1257",
  cp866: "ibm866",
  koi8r: "koi8-r",
  koi8u: "koi8-u",
  greek: "iso-8859-7",
  hebrew: "iso-8859-8",
  tis620: "windows-874",
  macroman: "macintosh",
  ujis: "euc-jp",
  eucjpms: "euc-jp",
  euckr: "euc-kr",
  gb2312: "gbk",
};

/**
 * Decodes text of a dump, such as a definition.
 *
 * @param charset MySQL's name of the character set, lower case
 * @returns undefined when the bytes are not valid in that character set, or when only a server can decode it
 * @see MySQL Reference Manual, "Supported Character Sets and Collations"
 */
export function decodeText(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(LABELS[charset] ?? "utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
