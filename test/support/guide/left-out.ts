/** Blocks of docs/deploy.md and docs/adopt.md that cannot run here, by their first line or a line that they contain, with the reason. */
export const leftOut: Readonly<Record<string, { what: "block" | "line"; reason: string }>> = {
  "local/bin/setup": { what: "block", reason: "has values to fill in; local/bin/rehearsal writes the settings" },
  "aws cloudformation deploy --no-fail-on-empty-changeset --stack-name baton-network": {
    what: "block",
    reason:
      "the emulator has no networks; test/integration/deploy/network.test.ts deploys the resources that it supports",
  },
  'image="$(deploy/image "$STAGE")"': {
    what: "block",
    reason: "needs Docker; test/integration/deploy/lambda-limits.test.ts builds and runs the image without it",
  },
  "git pull && local/bin/setup && npm test": {
    what: "block",
    reason: "checks out a commit here, and this is one of the tests",
  },
  "mysqldump --single-transaction": {
    what: "line",
    reason: "test/e2e/adopt.test.ts runs the dump program of the engine under test",
  },
  "aws events delete-archive": { what: "line", reason: "the emulator's CloudFormation creates no archive" },
  'aws cloudformation deploy --no-fail-on-empty-changeset --stack-name "deploy-baton-$STAGE"': {
    what: "block",
    reason: "the emulator has no identity provider; test/integration/deploy/deployer.test.ts reads the template",
  },
  "mkdir -p .github/workflows": { what: "block", reason: "is for GitHub; zizmor reads the file in npm run check" },
};
