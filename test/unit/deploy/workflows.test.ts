import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";

const run = promisify(execFile);
const jobSchema = z.object({
  if: z.string().optional(),
  permissions: z.record(z.string(), z.string()),
  steps: z.array(z.object({ if: z.string().optional(), uses: z.string().optional(), run: z.string().optional() })),
});
const workflowSchema = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  jobs: z.record(z.string(), jobSchema),
});
type Workflow = z.infer<typeof workflowSchema>;

async function readWorkflow(name: string): Promise<Workflow> {
  return workflowSchema.parse(parse(await readFile(join(projectRoot, "deploy/github", name), "utf8")));
}

describe("workflows", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-workflow-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs a script of a workflow with programs that write their arguments to `calls`. */
  async function runScript(script: string, programs: Record<string, string>, env: NodeJS.ProcessEnv) {
    for (const [name, body] of Object.entries(programs)) {
      await writeFile(join(folder, name), `#!/bin/sh\necho ${name} "$@" >> calls\n${body}\n`);
      await chmod(join(folder, name), 0o755);
    }
    const PATH = `${folder}:${process.env["PATH"] ?? ""}`;
    const GITHUB_OUTPUT = join(folder, "output");
    await writeFile(GITHUB_OUTPUT, "");
    const { code } = await run("bash", ["-e", "-o", "pipefail", "-c", script], {
      ...{ cwd: folder, env: { ...env, PATH, GITHUB_OUTPUT } },
    }).then(
      () => ({ code: 0 }),
      (error: unknown) => error as { code: number }, // as node documents it
    );
    const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8").catch(() => "");
    return { code, calls: await read("calls"), output: await read("output"), body: await read("body.md") };
  }

  describe("deploy/github/review.yml", () => {
    let workflow: Workflow;

    beforeAll(async () => {
      workflow = await readWorkflow("review.yml");
    });
    const scriptOf = (job: string): string =>
      (workflow.jobs[job]?.steps ?? []).flatMap((step) => step.run ?? []).join("\n");

    it("is for pull requests of branches of the repository itself, with the permissions that each job needs", () => {
      expect(Object.keys(workflow.on)).toEqual(["pull_request"]);
      expect(workflow.jobs["review"]?.if).toBe("github.event.pull_request.head.repo.full_name == github.repository");
      expect(workflow.jobs["review"]?.permissions).toEqual({ contents: "read", "id-token": "write" });
      expect(workflow.jobs["comment"]?.permissions).toEqual({ "pull-requests": "write" });
      // the job that may write to the pull request runs no code of the branch
      expect(workflow.jobs["comment"]?.steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
      for (const { uses = "" } of workflow.jobs["review"]?.steps ?? []) expect(uses).toMatch(/^$|@[0-9a-f]{40}$/);
    });

    it.each([
      [0, 0],
      [3, 0],
      [1, 1],
    ])("exits after code %i of the review with %i, and passes the report on", async (code, expected) => {
      const programs = { git: "", baton: `echo Verdict > report.md; exit ${code}` };

      const ran = await runScript(scriptOf("review"), programs, { BASE: "origin/main" });

      expect(ran.code).toBe(expected);
      expect(ran.calls).toBe(
        "git update-ref refs/remotes/origin/main HEAD^1\n" +
          "baton review --stage prod --remote --base origin/main --markdown report.md\n",
      );
      expect(ran.output).toMatch(/^report<<(\w{32})\nVerdict\n\n\1\n$/);
    });

    it("says in the comment when a review did not finish", async () => {
      const ran = await runScript(scriptOf("review"), { git: "", baton: "exit 1" }, { BASE: "origin/main" });

      expect(ran.code).toBe(1);
      expect(ran.output).toContain("The review did not finish");
    });

    it.each([
      ["adds a comment", "", "gh api --silent repos/o/r/issues/7/comments --field body=@body.md\n"],
      ["updates its comment", "echo 42", "gh api --silent --method PATCH repos/o/r/issues/comments/42 --field body=@body.md\n"],
    ])("%s", async (_, existing, call) => {
      const gh = `case "$*" in *--paginate*) ${existing === "" ? ":" : existing} ;; esac`;

      const env = { COMMENTS: "repos/o/r/issues", NUMBER: "7", REPORT: "Verdict `$(id)` \\n" };
      const ran = await runScript(scriptOf("comment"), { gh }, env);

      expect(ran.calls.endsWith(call)).toBe(true);
      expect(ran.body).toBe("<!-- baton review -->\nVerdict `$(id)` \\n\n");
    }); // prettier-ignore
  });

  describe("deploy/github/deploy.yml", () => {
    const SILVER = "1.dkr.ecr.r.amazonaws.com/baton-prod-dbt@sha256:1";
    const aws = `case "$1" in lambda) echo ${SILVER} ;; ecr) echo 0123456789ab ;; esac`;
    const baton = "";
    let scripts: string[];

    beforeAll(async () => {
      const { jobs } = await readWorkflow("deploy.yml");
      const flagged = (jobs["deploy"]?.steps ?? []).filter((step) => step.if !== undefined);
      expect(flagged.map((step) => step.if)).toEqual([
        "vars.RUN_CHANGED_MODELS == 'true'",
        "vars.RUN_CHANGED_MODELS == 'true'",
      ]);
      scripts = flagged.flatMap((step) => step.run ?? []);
    });

    it("finds the commit that is deployed by the image of silver", async () => {
      const { code, calls, output } = await runScript(scripts[0] ?? "", { aws }, {});

      expect({ code, output }).toEqual({ code: 0, output: "commit=0123456789ab\n" });
      expect(calls).toContain(
        "aws lambda get-function --function-name baton-prod-silver --query Code.ResolvedImageUri",
      );
      expect(calls).toContain("--repository-name baton-prod-dbt --image-ids imageDigest=sha256:1 ");
    });

    it.each(["lambda", "ecr"])("deploys also when %s does not answer", async (service) => {
      const silent = `[ "$1" != ${service} ] || exit 1; ${aws}`;

      expect(await runScript(scripts[0] ?? "", { aws: silent }, {})).toMatchObject({ code: 0, output: "" });
    });

    it.each([
      [
        "requests one run when models have changed",
        1,
        "0123456789ab",
        "baton run --stage prod --from silver --remote\n",
      ],
      [
        "requests one run when the deployed commit is not known",
        128,
        "",
        "baton run --stage prod --from silver --remote\n",
      ],
      ["requests no run when no model has changed", 0, "0123456789ab", ""],
    ])("%s", async (_, diff, BEFORE, request) => {
      const ran = await runScript(scripts[1] ?? "", { git: `exit ${diff}`, baton }, { BEFORE });

      expect(ran).toMatchObject({ code: 0, calls: `git diff --quiet ${BEFORE} HEAD -- dbt\n${request}` });
    });

    it("fails when the request is not accepted", async () => {
      const programs = { git: "exit 1", baton: "exit 1" };

      expect(await runScript(scripts[1] ?? "", programs, { BEFORE: "0123456789ab" })).toMatchObject({ code: 1 });
    });
  });
});
