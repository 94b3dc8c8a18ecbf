import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenEngine } from "../../../local/engine.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../../shared/loader/load-dump.ts";
import { PermanentError } from "../../../shared/errors/errors.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";
import { corpus } from "./corpus/corpus.ts";
import type { CorpusCase } from "./corpus/corpus-case.ts";
import { schemaState } from "./support/schema-state.ts";
import { inSession, loadWithClient } from "../../support/stock-client.ts";

describe("the corpus of hostile dumps", () => {
  let warehouse: TestWarehouse;
  let folder: string;
  let live: string;
  let number = 0;

  beforeAll(async () => {
    warehouse = testWarehouse();
    folder = await mkdtemp(join(tmpdir(), "baton-dump-"));
    live = `${warehouse.prefix}live`;
    await warehouse.pool.query(`CREATE DATABASE ${live} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    // live tables before the hostile dumps
    await load(
      "CREATE TABLE t (a int);INSERT INTO t VALUES (1),(2);CREATE TABLE u (a int);INSERT INTO u VALUES (3);",
      live,
    );
  });
  afterAll(async () => {
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const load = async (dump: string | Buffer, schema: string): Promise<LoadReport> => {
    const path = join(folder, "dump.sql");
    await writeFile(path, dump);
    return loadAndPublish({
      location: path,
      warehouse: warehouse.config,
      schemas: { live: schema, next: `${schema}_next`, backup: `${schema}_backup` },
      preserveEmpty: ["*"],
      verify: "rows",
    });
  };
  const drop = async (...schemas: string[]): Promise<void> => {
    for (const schema of schemas) await warehouse.pool.query(`DROP DATABASE IF EXISTS ${schema}`);
  };

  const loadsAsTheClient = async ({ dump, forClient = dump, creates, after }: CorpusCase): Promise<void> => {
    number += 1;
    const [mine, stock] = [`${warehouse.prefix}m${number}`, `${warehouse.prefix}s${number}`];
    for (const schema of creates === undefined ? [mine, stock] : []) {
      await warehouse.pool.query(`CREATE DATABASE ${schema} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    }
    const forStock = creates === undefined ? forClient : forClient.toString("latin1").replaceAll(creates, stock);
    const client = await loadWithClient(warehouse.config, creates === undefined ? [stock] : [], inSession(forStock));

    if (after !== undefined) await load(after, mine);
    await load(dump, mine);

    expect(client.stderr).toBe("");
    const expected = await schemaState(warehouse.pool, stock);
    expect(Object.keys(expected)).not.toEqual([]);
    expect(await schemaState(warehouse.pool, mine)).toEqual(expected);
    await drop(mine, stock, `${mine}_next`, `${mine}_backup`);
  };

  const isRefused = async ({ dump, refusedAs, message = /./ }: CorpusCase): Promise<void> => {
    const before = await schemaState(warehouse.pool, live);

    const error = await load(dump, live).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({
      code: refusedAs,
      message: expect.stringMatching(message) as string,
      // a new dump would have the same fault
      advice: expect.not.stringMatching(/rejects|would change/.test(String(error)) ? /Ask the source/ : /^$/) as string,
    });
    if (!["DUMP_EMPTY", "LOAD_VERIFY"].includes(refusedAs ?? "")) expect(String(error)).toMatch(/dump at byte \d+/);
    expect(await schemaState(warehouse.pool, live)).toEqual(before);
  };

  describe.each(Object.entries(corpus))("%s", (_, all) => {
    const cases = all.filter(({ engine = chosenEngine() }) => engine === chosenEngine());
    const loading = cases.filter(({ refusedAs }) => refusedAs === undefined).map((one) => [one.name, one] as const);
    const refusing = cases.filter(({ refusedAs }) => refusedAs !== undefined).map((one) => [one.name, one] as const);
    if (loading.length > 0) it.each(loading)("loads like the stock client: %s", (_name, one) => loadsAsTheClient(one));
    if (refusing.length > 0) it.each(refusing)("refuses: %s", (_name, one) => isRefused(one));
  });

  it("has at least 200 dumps with unique names", () => {
    const names = Object.entries(corpus).flatMap(([group, cases]) => cases.map(({ name }) => `${group}: ${name}`));

    expect(names.length).toBeGreaterThanOrEqual(200);
    expect(new Set(names).size).toBe(names.length);
  });
});
