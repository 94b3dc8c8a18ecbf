import { createHash } from "node:crypto";
import { PermanentError } from "../../errors/errors.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import type { DumpIndex } from "./dump-index.ts";
import type { DumpSource } from "../source/dump-source.ts";
import { IndexBuilder } from "./index-builder.ts";

/** Properties of the stored object according to the manifest. */
export interface ExpectedDump {
  sha256?: string | undefined;
  bytes?: number | undefined;
}

interface IndexPassOptions {
  dialect: ServerDialect;
  expected?: ExpectedDump | undefined;
  /** `anywhere` also accepts a dump without the comment that ends it, `when-marked` by default. */
  mayEnd?: "when-marked" | "anywhere" | undefined;
  signal?: AbortSignal | undefined;
  /** Receives the number of bytes read so far. */
  onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a dump once: finds tables, rows and content hashes, and verifies the expected size and sha256 while reading.
 *
 * @throws PermanentError DUMP_SIZE, DUMP_CHECKSUM, DUMP_EMPTY and those of `IndexBuilder`
 */
export async function indexPass(source: DumpSource, options: IndexPassOptions): Promise<DumpIndex> {
  const { expected, signal } = options;
  checkSize(source, expected);
  const builder = new IndexBuilder(options.dialect, options.mayEnd);
  // a tenth of the time of the pass, so it is only computed to be compared
  const hash = source.storedSha256 === undefined && expected?.sha256 !== undefined ? createHash("sha256") : undefined;
  let bytes = 0;
  let fault: Error | undefined;
  for await (const chunk of source.scan(signal)) {
    hash?.update(chunk);
    bytes += chunk.length;
    if (fault === undefined) fault = attempt(() => builder.feed(chunk));
    // without an expected digest, reading the rest gives no more information
    if (fault !== undefined && expected?.sha256 === undefined) throw fault;
    options.onProgress?.(bytes);
  }
  // a damaged object explains any other fault, so the digest is checked first
  checkDigest(source, source.storedSha256 ?? hash?.digest("hex"), expected);
  if (fault !== undefined) throw fault;
  const index = builder.finish();
  if (index.tables.length === 0) {
    throw new PermanentError("DUMP_EMPTY", `${source.name} defines no table (${bytes} bytes read)`, {
      kind: "input",
      advice: "Check that this is a mysqldump with definitions and rows.",
    });
  }
  return index;
}

/** Runs `work`; returns the error that it throws, if any. */
function attempt(work: () => void): Error | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function checkSize(source: DumpSource, expected: ExpectedDump | undefined): void {
  if (expected?.bytes === undefined || expected.bytes === source.storedBytes) return;
  throw new PermanentError(
    "DUMP_SIZE",
    `${source.name} has ${source.storedBytes} bytes, its manifest says ${expected.bytes}`,
    { kind: "input", advice: "Ask the source for a new dump, or correct the manifest and run again." },
  );
}

function checkDigest(source: DumpSource, sha256: string | undefined, expected: ExpectedDump | undefined): void {
  if (expected?.sha256 === undefined || expected.sha256.toLowerCase() === sha256) return;
  throw new PermanentError(
    "DUMP_CHECKSUM",
    `sha256 of ${source.name} is ${sha256}, its manifest says ${expected.sha256}`,
    { kind: "input", advice: "Ask the source for a new dump, or correct the manifest and run again." },
  );
}
