import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { guideBlocks, type GuideBlock } from "../support/guide/guide-blocks.ts";
import { leftOut } from "../support/guide/left-out.ts";
import { GuideReader } from "../support/guide/reader.ts";

const TIMEOUT_MS = 240_000;

/** The blocks of docs/deploy.md, unchanged, in a clone with the emulator as the AWS account. @slow */
describe("docs/deploy.md, followed line by line", () => {
  let blocks: GuideBlock[];
  let reader: GuideReader;
  /** Hash of the first deployment's code. */
  let first: string | undefined;

  beforeAll(async () => {
    blocks = await guideBlocks("docs/deploy.md");
    reader = await GuideReader.arrive();
  });
  afterAll(async () => {
    await reader.follow(of("Rehearse on one machine").slice(1));
    await reader.leave();
  }, 400_000);

  function of(section: string | RegExp): string[] {
    return blocks
      .filter(({ section: name }) => (typeof section === "string" ? name === section : section.test(name)))
      .map(({ text }) => text);
  }
  const deployedCode = (output: string): string | undefined =>
    /deployed code +(\w+), as in this checkout/.exec(output)?.[1];

  it("skips only the parts that it names", async () => {
    const starts = Object.keys(leftOut);
    const lines = [...blocks, ...(await guideBlocks("docs/adopt.md"))].flatMap(({ text }) => text.split("\n"));

    expect(starts.filter((start) => !lines.some((line) => line.startsWith(start)))).toEqual([]);
    expect(blocks.length).toBeGreaterThan(20);
  });

  it(
    "leads from an empty account to a completed run, and a deployment with a warehouse fingerprint",
    async () => {
      await reader.follow(of("Rehearse on one machine").slice(0, 1));

      const output = await reader.follow(of(/^[1-8]\. /));

      expect(output).toMatch(/run 2026-02-07-[0-9a-f]{8} +completed/);
      expect(output).not.toMatch(/^failed /m);
      first = deployedCode(output);
      expect(first).toBeDefined();
      const settings = await readFile(join(reader.folder, "deploy/local-prod.env"), "utf8");
      expect(settings).toMatch(/targetFingerprint=[0-9a-f]{16}\)/);
      expect(settings).toMatch(/kmsKeyArn=arn:aws:kms:/);
    },
    TIMEOUT_MS,
  );

  it(
    "leads to a completed run on a cluster of the other engine, too",
    async () => {
      const other = await GuideReader.arrive("mariadb");
      try {
        const rehearsal = await other.follow(of("Rehearse on one machine").slice(0, 1));
        const output = await other.follow(of(/^[1-8]\. /));

        expect(rehearsal).toContain("the cluster is MariaDB");
        expect(output).toMatch(/run 2026-02-07-[0-9a-f]{8} +completed/);
        expect(output).not.toMatch(/^failed /m);
      } finally {
        await other.follow(of("Rehearse on one machine").slice(1));
        await other.leave();
      }
    },
    TIMEOUT_MS,
  );

  it(
    "upgrades, after a password was rotated",
    async () => {
      await reader.follow(of("Rotate a password"));
      await reader.change("functions/sweep/handler.ts", "// came with the upgrade\n");

      const output = await reader.follow(of("Upgrade"));

      expect(output).toMatch(/run 2026-02-07-[0-9a-f]{8}-r1 +completed/);
      expect(deployedCode(output)).toBeDefined();
      expect(deployedCode(output)).not.toBe(first);
    },
    TIMEOUT_MS,
  );

  it(
    "rolls back code and data",
    async () => {
      const output = await reader.follow([...of("Roll back"), ...of("7. Check")]);

      expect(output).toMatch(/^\d+ restored; the replaced tables are kept under the names shown$/m);
      expect(deployedCode(output)).toBe(first);
    },
    TIMEOUT_MS,
  );

  it(
    "removes the environment and its data",
    async () => {
      await reader.follow(of("Remove"));

      const left = await reader.follow(
        [
          'aws s3api list-buckets --query "Buckets[].Name" --output json',
          "aws sqs list-queues --output json",
          'aws logs describe-log-groups --query "logGroups[].logGroupName" --output json',
          "aws dynamodb list-tables --output json",
          'aws events list-event-buses --query "EventBuses[].Name" --output json',
          'aws cloudformation list-stacks --stack-status-filter CREATE_COMPLETE UPDATE_COMPLETE --query "StackSummaries[].StackName"',
        ].map((command) => `${command} | sed "s/^/left: /"`),
      );
      expect(left.match(/left: .*baton-local-prod.*/g)?.filter((line) => !line.includes("baton-key-"))).toEqual(
        undefined,
      );
    },
    TIMEOUT_MS,
  );
});
