import { globSync, readFileSync } from "node:fs";

/** Packages without a CommonJS entry: Jest has to transform them. */
const esmOnly = ["@middy", "uuid", "pure-rand", "commander"].join("|");

/**
 * Every test, and those that use SQL on both engines, as in CI. Without it, `npm test` leaves out the files that contain
 * `@slow`, and runs only those with `@bothEngines` also on the other engine.
 */
const isFull = process.env.BATON_TESTS === "full";

/** @param {string} pattern @param {RegExp} tag */
const filesWith = (pattern, tag) =>
  globSync(pattern, { cwd: import.meta.dirname })
    .filter((path) => tag.test(readFileSync(`${import.meta.dirname}/${path}`, "utf8")))
    .map((path) => `<rootDir>/${path}`);

// the deployer's rights depend on no engine, and the names in the test can be used once at a time
const both = filesWith(
  "test/integration/**/!(deployer-works).test.ts",
  isFull ? /@bothEngines|testWarehouse|LayerHarness|startDatabase|openLedger/ : /@bothEngines/,
);
const slow = isFull ? [] : filesWith("test/{integration,engines,e2e}/**/*.test.ts", /@slow/);

/** @type {import("jest").Config} */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: "<rootDir>/test/support/jest/quiet-environment.js",
  transform: {
    "\\.[cm]?[jt]s$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly})/)`],
  // middy 7 has no CommonJS entry, and Jest's resolver looks for one
  moduleNameMapper: {
    "^@middy/([^/]+)$": "<rootDir>/node_modules/@middy/$1/index.js",
  },
  testPathIgnorePatterns: ["/node_modules/", ...slow],
  modulePathIgnorePatterns: ["<rootDir>/.baton/", "<rootDir>/.esbuild/", "<rootDir>/.serverless/"],
};

/** @param {string} name @param {object} [more] */
const project = (name, more = {}) => ({
  ...base,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...more,
});

/** The services are started once for all projects that need them. */
const services = {
  globalSetup: "<rootDir>/test/support/jest/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/jest/global-teardown.ts",
};

/** The engine that `BATON_ENGINE` does not select. */
const otherEngine = process.env.BATON_ENGINE === "mysql" ? "mariadb" : "mysql";

/** @type {import("jest").Config} */
export default {
  projects: [
    project("unit"),
    project("integration", services),
    project("engines", {
      ...services,
      globalSetup: "<rootDir>/test/support/jest/global-setup-engines.ts",
      testMatch: ["<rootDir>/test/engines/**/*.test.ts", ...both],
      testEnvironmentOptions: { engine: otherEngine },
    }),
    project("e2e", services),
  ],
  reporters: ["default", "<rootDir>/test/support/jest/count-reporter.js"],
  // two cores: more workers only take them from the services
  maxWorkers: 2,
  testTimeout: 60_000,
};
