import type { Engine } from "../../../../local/engine.ts";

/** A dump of the corpus, and its expected result. */
export interface CorpusCase {
  name: string;
  dump: string | Buffer;
  /** Code of the expected error; undefined if the dump must load as the stock client loads it. */
  refusedAs?: string;
  /** Text that the error must contain, besides the position. */
  message?: RegExp;
  /** The dump for the stock client, if it cannot read the original. */
  forClient?: string | Buffer;
  /** The only engine whose tables can hold the dump, or whose client reads it; undefined for both. */
  engine?: Engine;
  /** Database that the dump creates; the schema to load into then does not exist before. */
  creates?: string;
  /** A dump that is loaded into the same schema before. */
  after?: string;
}

/** A case that must load. */
export function loads(name: string, dump: string | Buffer, forClient?: string | Buffer): CorpusCase {
  return { name, dump, ...(forClient !== undefined && { forClient }) };
}

/** A case that must load into a schema that does not exist, with the defaults of the dump's CREATE DATABASE. */
export function loadsNew(name: string, creates: string, dump: string | Buffer): CorpusCase {
  return { name, dump, creates };
}

/** A case that must load on MariaDB; MySQL has no such definitions, or its client loses values. */
export function loadsOnMariadb(name: string, dump: string | Buffer, forClient?: string | Buffer): CorpusCase {
  return { ...loads(name, dump, forClient), engine: "mariadb" };
}

/** A case that must load as the client loads a changed dump. */
export function loadsAs(name: string, dump: string, change: (dump: string) => string): CorpusCase {
  return loads(name, dump, change(dump));
}

/** A case that must be rejected. */
export function refused(name: string, refusedAs: string, dump: string | Buffer, message?: RegExp): CorpusCase {
  return { name, dump, refusedAs, ...(message !== undefined && { message }) };
}

/** Text in which each character is one byte of the dump. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
