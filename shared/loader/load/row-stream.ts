import { COMMA } from "../lexer/bytes.ts";
import { ByteWriter } from "../lexer/byte-writer.ts";
import { rowEnd, type ColumnPlan } from "./column-plan.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import type { RowRange } from "../index/dump-index.ts";
import type { DumpSource } from "../source/dump-source.ts";
import { checkedRows, RowRewriter, type RowForm } from "./row-rewriter.ts";
import { StatementScanner } from "../lexer/statement-scanner.ts";
import type { RowSeparator } from "../lexer/values-lexer.ts";

/** Maximum bytes between two ranges that one request fetches together. */
const SMALL_GAP = 64 * 1024;

/** The rows to read, and how to load them. */
export interface RowStreamOptions {
  source: DumpSource;
  dialect: ServerDialect;
  ranges: readonly RowRange[];
  plan: ColumnPlan;
  separator: RowSeparator;
  signal?: AbortSignal | undefined;
}

/** Returns the rows of some ranges in the form for LOAD DATA; most bytes are unchanged. */
export async function* fieldRows(options: RowStreamOptions): AsyncGenerator<Buffer> {
  const { plan, dialect } = options;
  const end = rowEnd(options.separator);
  const rowEndBytes = Buffer.from(end);
  for await (const { range, chunks } of rangesOf(options)) {
    if (range.separator !== undefined && !plan.mustRewrite) {
      yield* chunks;
      yield rowEndBytes;
    } else {
      const out = new ByteWriter(2 * (range.end - range.start));
      const form: RowForm = { form: "fields", actions: plan.actions, rowEnd: end };
      for await (const _ of rewrite(chunks, range, dialect, form, out)) yield* out.takeFull();
      yield* out.takeAll();
    }
  }
}

/**
 * Returns INSERT statements with the rows of some ranges: `head` and `(1,'a'),(2,'b')`. Each has whole rows, of at most
 * `limit` bytes unless one row is longer.
 */
export async function* insertStatements(
  options: RowStreamOptions,
  { head, limit }: { head: Buffer; limit: number },
): AsyncGenerator<Buffer> {
  const out = new ByteWriter();
  const ready: Buffer[] = [];
  /** Bytes of the rows in `out`, with a comma after each. */
  let whole = 0;
  const endRow = (): void => {
    if (out.length > limit && whole > 0) {
      const all = Buffer.concat([head, ...out.takeAll()]);
      const end = head.length + whole;
      ready.push(all.subarray(0, end - 1));
      out.copy(all, end, all.length);
    }
    out.byte(COMMA);
    whole = out.length;
  };
  const { computed, introducers } = options.plan;
  for await (const { range, chunks } of rangesOf(options)) {
    const form: RowForm = { form: "rows", computed, introducers, endRow };
    for await (const _ of rewrite(chunks, range, options.dialect, form, out)) yield* ready.splice(0);
  }
  if (whole > 0) yield Buffer.concat([head, ...out.takeAll()]).subarray(0, head.length + whole - 1);
}

/**
 * Rewrites the rows of a range that holds either only rows or whole statements.
 *
 * @yields after each chunk, and at the end
 */
async function* rewrite(
  chunks: AsyncIterable<Buffer>,
  range: RowRange,
  dialect: ServerDialect,
  form: RowForm,
  out: ByteWriter,
): AsyncGenerator<void> {
  const target = checkedRows(range.shape.targets.length);
  const ignore = (): void => undefined;
  const handler = { table: undefined, statement: ignore, comment: ignore, insertBytes: ignore, endInsert: ignore };
  const scanner = new StatementScanner(
    dialect,
    { ...handler, beginInsert: () => target },
    (fail) => new RowRewriter(dialect, fail, out, form),
  );
  const lacksStatement = range.separator !== undefined;
  if (lacksStatement) scanner.feed(Buffer.from("INSERT INTO t VALUES ("));
  for await (const chunk of chunks) {
    scanner.feed(chunk);
    yield;
  }
  if (lacksStatement) scanner.feed(Buffer.from(");"));
  scanner.end();
  yield;
}

/** Opens the ranges in order; neighbouring ranges share one request to the source. */
async function* rangesOf({
  source,
  ranges,
  signal,
}: RowStreamOptions): AsyncGenerator<{ range: RowRange; chunks: AsyncIterable<Buffer> }> {
  for (const span of spansOf(ranges)) {
    const first = span[0];
    const last = span.at(-1);
    if (first === undefined || last === undefined) continue;
    const chunks = source.read({ start: first.start, end: last.end }, signal)[Symbol.asyncIterator]();
    const cutter = new Cutter(chunks, first.start);
    try {
      for (const range of span) {
        await cutter.skipTo(range.start);
        yield { range, chunks: cutter.upTo(range.end) };
      }
    } finally {
      await chunks.return?.(undefined);
    }
  }
}

function spansOf(ranges: readonly RowRange[]): RowRange[][] {
  const spans: RowRange[][] = [];
  for (const range of ranges) {
    const span = spans.at(-1);
    const last = span?.at(-1);
    if (span !== undefined && last !== undefined && range.start - last.end <= SMALL_GAP) span.push(range);
    else spans.push([range]);
  }
  return spans;
}

/** Splits a stream of chunks at given byte offsets. */
class Cutter {
  private readonly chunks: AsyncIterator<Buffer>;
  private position: number;
  private rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterator<Buffer>, position: number) {
    this.chunks = chunks;
    this.position = position;
  }

  async skipTo(offset: number): Promise<void> {
    while (this.position < offset) await this.take(offset);
  }

  async *upTo(end: number): AsyncGenerator<Buffer> {
    while (this.position < end) yield await this.take(end);
  }

  private async take(end: number): Promise<Buffer> {
    if (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) throw new Error(`the dump ends at byte ${this.position}, before byte ${end}`);
      this.rest = next.value;
    }
    const count = Math.min(this.rest.length, end - this.position);
    const piece = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    this.position += count;
    return piece;
  }
}
