import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

const folders = ["functions", "shared", "events", "cli", "local", "test"];
/** Which folders a folder may import from: one direction only (functions -> shared -> events). */
const mayImport = {
  events: ["events"],
  shared: ["shared", "events"],
  functions: ["functions", "shared", "events"],
  local: ["local", "shared", "events"],
  cli: ["cli", "local", "shared", "events"],
};
const zones = Object.entries(mayImport).flatMap(([target, allowed]) =>
  folders
    .filter((from) => !allowed.includes(from))
    .map((from) => ({
      target: `./${target}`,
      from: `./${from}`,
      message: `${target}/ must not import ${from}/`,
    })),
);

/**
 * Folders of `shared/` from the lowest to the highest: a folder imports only from those before it. Where a folder has
 * folders of its own, the same holds among them; `*.ts` are the files beside them. docs/architecture.md draws this order.
 */
const sharedOrder = {
  shared: [
    ...[
      "text",
      "time",
      "errors",
      "config",
      "observability",
      "aws",
      "warehouse",
      "ledger",
      "loader",
      "copy",
      "quality",
      "dbt",
      "review",
    ],
    ...["runtime", "answers", "dead-letters", "console"],
  ],
  "shared/warehouse": ["tables", "ranges", "connection", "users", "identity"],
  "shared/ledger": ["schema", "claims", "records", "reads", "*.ts", "publication"],
  "shared/loader": ["source", "lexer", "definitions", "index", "load", "verify", "*.ts"],
  "shared/console": ["data", "html", "charts", "sections", "*.ts", "client"],
};
for (const [parent, order] of Object.entries(sharedOrder)) {
  for (const [position, folder] of order.entries()) {
    for (const above of order.slice(position + 1)) {
      zones.push({
        target: `./${parent}/${folder}`,
        from: `./${parent}/${above}`,
        message: `${parent}/${folder} is below ${above} and must not import it (docs/architecture.md)`,
      });
    }
  }
}

export default tseslint.config(
  { ignores: [".baton/", "node_modules/", ".esbuild/", ".serverless/", "coverage/", "dbt/target/"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "import-x": importX },
    rules: {
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "AssignmentExpression[operator=/^[-+*%]=$/] AwaitExpression",
          message:
            "The left side is read before the await, so what others add meanwhile is lost: await first, then add.",
        },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  { files: ["**/*.{js,cjs}"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["**/*.{js,cjs}"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
    languageOptions: { globals: { module: "readonly", process: "readonly", require: "readonly" } },
  },
);
