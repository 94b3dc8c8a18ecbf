const esmOnly = ["@middy", "uuid", "listr2"].join("|");

/** @type {import("jest").Config} */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: "node",
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
};

/** @param {string} name @param {object} [extra] */
const project = (name, extra = {}) => ({
  ...base,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
});

/** @type {import("jest").Config} */
export default {
  projects: [project("unit"), project("integration"), project("e2e")],
};
