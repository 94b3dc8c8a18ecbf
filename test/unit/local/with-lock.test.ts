import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../../local/with-lock.ts";

describe("withLock", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lock-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("admits one caller at a time, and the others afterwards", async () => {
    const path = join(folder, "lock");
    let inside = 0;
    let most = 0;

    const done = await Promise.all(
      [1, 2, 3].map((number) =>
        withLock(path, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 20));
          inside -= 1;
          return number;
        }),
      ),
    );

    expect(done).toEqual([1, 2, 3]);
    expect(most).toBe(1);
  });

  it.each([
    ["a process that has ended", symlink],
    ["a process of Baton 0.2 that has ended", (pid: string, path: string) => writeFile(path, pid)],
  ])("takes the lock from %s", async (_, lock) => {
    const path = join(folder, "lock");
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    await lock(String(ended), path);

    expect(await withLock(path, () => Promise.resolve("mine"))).toBe("mine");
    expect(await readdir(folder)).toEqual([]);
  });

  it("releases the lock when the work fails", async () => {
    const path = join(folder, "lock");

    await expect(withLock(path, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");

    expect(await readdir(folder)).toEqual([]);
  });
});
