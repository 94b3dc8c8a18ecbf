/** A dump of the corpus, and what must become of it. */
export interface CorpusCase {
  name: string;
  dump: string | Buffer;
  /** Code of the error that it is refused with; undefined when it must load as the stock client loads it. */
  refusedAs?: string;
  /** What the refusal must say, besides the place. */
  says?: RegExp;
  /** What the stock client is given instead, where it cannot read the dump itself. */
  forClient?: string | Buffer;
}

/** A case that must load. */
export function loads(name: string, dump: string | Buffer, forClient?: string | Buffer): CorpusCase {
  return { name, dump, ...(forClient !== undefined && { forClient }) };
}

/** A case that must load as the client loads a changed dump. */
export function loadsAs(name: string, dump: string, change: (dump: string) => string): CorpusCase {
  return loads(name, dump, change(dump));
}

/** A case that must be refused. */
export function refused(name: string, refusedAs: string, dump: string | Buffer, says?: RegExp): CorpusCase {
  return { name, dump, refusedAs, ...(says !== undefined && { says }) };
}

/** Text whose characters are the bytes of the dump. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
