import type { Context } from "aws-lambda";

const context = {
  ...{ functionName: "baton-test-silver", memoryLimitInMB: "2048", awsRequestId: "request-1" },
  getRemainingTimeInMillis: () => 60_000,
} as Context; // the part that the middleware reads

/** Levels that a function logs in `calls` calls, for a log level and a sample rate. */
async function levelsLogged(level: string, sampleRate: string, calls: number): Promise<string[]> {
  const before = { ...process.env };
  const lines: string[] = [];
  // warnings go to stderr
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, "write").mockImplementation((text) => lines.push(String(text)) > 0),
  );
  try {
    Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: level, POWERTOOLS_LOGGER_SAMPLE_RATE: sampleRate });
    // the logger reads its environment when it is loaded
    await jest.isolateModulesAsync(async () => {
      const { functionHandler } = await import("../../../shared/observability/function-handler.ts");
      const { logger } = await import("../../../shared/observability/observability.ts");
      const handler = functionHandler("silver", () => {
        for (const each of ["debug", "info", "warn"] as const) logger[each]("at work");
        return Promise.resolve();
      });
      for (let call = 0; call < calls; call += 1) await handler({}, context);
    });
  } finally {
    spies.forEach((spy) => spy.mockRestore());
    process.env = before;
  }
  const logged = lines.flatMap((line) =>
    line.includes('"message":"at work"') ? [JSON.parse(line) as { level: string }] : [],
  );
  return logged.map((line) => line.level);
}

describe("the log of a function", () => {
  it("follows the log level of the environment", async () => {
    expect(await levelsLogged("DEBUG", "0", 1)).toEqual(["DEBUG", "INFO", "WARN"]);
    expect(await levelsLogged("INFO", "0", 2)).toEqual(["INFO", "WARN", "INFO", "WARN"]);
    expect(await levelsLogged("WARN", "0", 1)).toEqual(["WARN"]);
  });

  it("has every line of sampled calls, in the first and in later calls of an environment", async () => {
    expect(await levelsLogged("INFO", "1", 3)).toEqual([
      "DEBUG",
      "INFO",
      "WARN",
      "DEBUG",
      "INFO",
      "WARN",
      "DEBUG",
      "INFO",
      "WARN",
    ]);

    const half = (await levelsLogged("INFO", "0.5", 200)).filter((level) => level === "DEBUG").length;
    expect(half).toBeGreaterThan(50);
    expect(half).toBeLessThan(150);
  });
});
