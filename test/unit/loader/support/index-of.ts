import { dialectOf, type ServerDialect } from "../../../../shared/loader/lexer/dialect.ts";
import type { DumpIndex } from "../../../../shared/loader/index/dump-index.ts";
import { IndexBuilder } from "../../../../shared/loader/index/index-builder.ts";

export const mariadb: ServerDialect = dialectOf("10.11.6-MariaDB");
export const mysql: ServerDialect = dialectOf("8.0.36");

/** Indexes a dump in chunks of these sizes, repeated as needed. */
export function indexOf(dump: string | Buffer, sizes: readonly number[] = [1 << 20], dialect = mariadb): DumpIndex {
  const bytes = Buffer.from(dump);
  const builder = new IndexBuilder(dialect);
  let turn = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sizes[turn % sizes.length] ?? 1;
    turn += 1;
    // a copy that is cleared afterwards: it exposes a scanner that reads beyond its chunk or holds on to it
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    builder.feed(chunk);
    chunk.fill(0);
    at += size;
  }
  return builder.finish();
}

/** The code of the error when the dump is indexed; undefined if there is none. */
export function faultOf(dump: string | Buffer, sizes?: readonly number[], dialect = mariadb): unknown {
  try {
    indexOf(dump, sizes, dialect);
    return undefined;
  } catch (error) {
    return error;
  }
}
