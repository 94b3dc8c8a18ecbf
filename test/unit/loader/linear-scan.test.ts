import { Session, type Profiler } from "node:inspector/promises";

const TABLE = "CREATE TABLE t (a int, b longtext);\n";

describe("reading a dump", () => {
  const session = new Session();
  let indexOf: (dump: Buffer) => unknown;

  beforeAll(async () => {
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    // V8 counts the blocks of code that it compiles from now on
    ({ indexOf } = await import("./support/index-of.ts"));
  });
  afterAll(() => {
    session.disconnect();
  });

  it.each<[string, (size: number) => string]>([
    ["one row of quotes and backslashes", (n) => `${TABLE}INSERT INTO t VALUES (1,'${"\\'''\\\\".repeat(n / 6)}');`],
    ["one row of hexadecimal digits", (n) => `${TABLE}INSERT INTO t VALUES (1,0x${"27".repeat(n / 2)});`],
    ["tiny statements", (n) => TABLE + "INSERT INTO t VALUES (1,'');\n".repeat(n / 29)],
    ["comments between values", (n) => `${TABLE}INSERT INTO t VALUES (1,${"/**/".repeat(n / 4)}'');`],
    ["comment lines", (n) => TABLE + "-- x\n".repeat(n / 5)],
    ["versioned comments", (n) => TABLE + "/*!40101 SET a=1 */;\n".repeat(n / 21)],
    [
      "tables",
      (n) =>
        Array.from({ length: n / 200 }, (_, at) => `CREATE TABLE t${at} (a int COMMENT '${"a".repeat(150)}');\n`).join(
          "",
        ),
    ],
  ])("takes work in proportion to its bytes: %s", async (_, make) => {
    const small = await workOf(Buffer.from(make(50_000)));
    const large = await workOf(Buffer.from(make(800_000)));

    expect(small).toBeGreaterThan(1_000);
    // a quadratic reader does 256 times the work for sixteen times the bytes
    expect(large).toBeLessThan(20 * small);
  });

  /** Executed blocks of the loader's code, and the bytes that Buffer's own functions read for it: no clock. */
  async function workOf(dump: Buffer): Promise<number> {
    await session.post("Profiler.takePreciseCoverage");
    const bytes = countBufferBytes();
    indexOf(dump);
    const read = bytes();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const loader = result.filter(({ url }) => url.includes("/shared/loader/"));
    return loader.reduce((sum, script) => sum + blocksOf(script), read);
  }
});

function blocksOf({ functions }: Profiler.ScriptCoverage): number {
  return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
}

/** Watches the functions of Buffer that read many bytes in one call, until the returned function is called. */
function countBufferBytes(): () => number {
  let bytes = 0;
  const prototype = Buffer.prototype as Buffer;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with `this` below
  const { indexOf, toString, copy } = prototype;
  const spies = [
    jest.spyOn(prototype, "indexOf").mockImplementation(function (this: Buffer, value, from) {
      const start = Number(from ?? 0);
      const found = (indexOf as (value: unknown, from: number) => number).call(this, value, start);
      bytes += (found === -1 ? this.length : found) - start;
      return found;
    }),
    jest.spyOn(prototype, "toString").mockImplementation(function (
      this: Buffer,
      encoding,
      start = 0,
      end = this.length,
    ) {
      bytes += end - start;
      return toString.call(this, encoding, start, end);
    }),
    jest.spyOn(prototype, "copy").mockImplementation(function (this: Buffer, ...to) {
      const copied = copy.apply(this, to);
      bytes += copied;
      return copied;
    }),
  ];
  return () => {
    for (const spy of spies) spy.mockRestore();
    return bytes;
  };
}
