/** Packages without a CommonJS entry: Jest has to transform them. */
const esmOnly = ["@middy", "uuid", "pure-rand", "commander"].join("|");

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

/** @type {import("jest").Config} */
export default {
  projects: [project("unit"), project("integration", services), project("e2e", services)],
  reporters: ["default", "<rootDir>/test/support/jest/count-reporter.js"],
  // two cores: more workers only take them from the services
  maxWorkers: 2,
  testTimeout: 60_000,
};
