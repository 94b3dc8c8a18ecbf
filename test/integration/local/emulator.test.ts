import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { testServices } from "../../support/services.ts";

/** What another user's process, or a web page in the developer's browser, may try. */
describe("the AWS emulator", () => {
  const { emulator, folder } = testServices();
  const root = emulator.credentials;

  /** Lists secrets, functions and buckets. @returns the error of each, `done` for none */
  async function tryAll({ credentials = root, headers = {} }): Promise<string[]> {
    const options = { ...clientOptions(emulator), credentials, maxAttempts: 1 };
    const secrets = new SecretsManagerClient(options);
    const [lambda, s3] = [new LambdaClient(options), new S3Client({ ...options, forcePathStyle: true })];
    secrets.middlewareStack.add(
      (next) => (args) => {
        // requests of HTTP clients have headers
        Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
        return next(args);
      },
      { step: "build" },
    );
    const isPlain = Object.keys(headers).length === 0;
    const tried = await Promise.allSettled([
      secrets.send(new ListSecretsCommand()),
      ...(isPlain ? [lambda.send(new ListFunctionsCommand()), s3.send(new ListBucketsCommand())] : []),
    ]);
    for (const client of [secrets, lambda, s3]) client.destroy();
    return tried.map((result) => (result.status === "fulfilled" ? "done" : String(result.reason)));
  }

  it("answers the stack's own key", async () => {
    expect(await tryAll({})).toEqual(["done", "done", "done"]);
  });

  it.each([
    ["the key test", { credentials: { accessKeyId: "test", secretAccessKey: "test" } }],
    ["an account's ID as key", { credentials: { accessKeyId: "000000000000", secretAccessKey: "test" } }],
    ["its own key with another secret", { credentials: { ...root, secretAccessKey: "test" } }],
    ["a request of a web page, signed as it may be", { headers: { origin: "https://evil.example" } }],
    ["a request of a web page without CORS", { headers: { "sec-fetch-site": "cross-site" } }],
    ["a name that resolves to this machine", { headers: { host: "rebound.example" } }],
  ])("refuses %s", async (_, attempt) => {
    const errors = await tryAll(attempt);

    for (const error of errors) expect(error).toMatch(/denied|not match|invalid|not answered|another server|unknown/i);
  });

  it.each([
    ["POST", "/", { "x-amz-target": "secretsmanager.ListSecrets", "content-type": "application/x-amz-json-1.1" }],
    ["POST", "/?Action=ListUsers&Version=2010-05-08", {}],
    ["GET", "/a-bucket/a-key?AWSAccessKeyId=test&Signature=x&Expires=9999999999", {}],
    ["POST", "/_ministack/reset", {}],
    ["GET", "/_aws/sqs/messages", {}],
  ])("refuses %s %s without a signature", async (method, path, headers) => {
    const response = await fetch(`${emulator.endpoint}${path}`, { method, headers });

    expect([response.status, await response.text()]).toEqual([403, expect.stringMatching(/not signed|closed/)]);
  });

  it("keeps its key and the data of the stack to the user who started it", async () => {
    const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

    expect(await modeOf(join(folder, "emulator"))).toBe(0o700);
    expect(await modeOf(join(folder, "emulator", "root-key.json"))).toBe(0o600);
  });
});
