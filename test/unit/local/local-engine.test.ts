import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenEngine } from "../../../local/engine.ts";

describe("the engine of the local stack", () => {
  let state: string;
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), "baton-state-"));
  });
  afterEach(async () => {
    delete process.env["BATON_ENGINE"];
    await rm(state, { recursive: true, force: true });
  });

  it("is MariaDB, or the one in BATON_ENGINE, which takes no other name", () => {
    expect(chosenEngine()).toBe("mariadb");
    process.env["BATON_ENGINE"] = "mysql";
    expect(chosenEngine()).toBe("mysql");
    process.env["BATON_ENGINE"] = "MySQL 8";
    expect(chosenEngine).toThrow(/BATON_ENGINE is MySQL 8; expected mariadb or mysql/);
  });

  it("cannot change while the stack has data of the other engine", async () => {
    await mkdir(join(state, "mysql/data"), { recursive: true });
    await writeFile(join(state, "mysql/data/mysql.ibd"), "");
    process.env["BATON_STATE"] = state;
    // the module reads the folder once
    const { localUp } = await import("../../../local/stack.ts");
    const said: string[] = [];

    await expect(localUp((text) => said.push(text), { engine: "mariadb" })).rejects.toMatchObject({
      code: "ENGINE_MISMATCH",
      message: "the local stack has its data in MySQL, and MariaDB was requested",
      advice: expect.stringMatching(/MySQL, leave .* up\nFor MariaDB, .*down --purge.*BATON_STATE/) as string,
    });
    expect(said).toEqual([]);
  });
});
