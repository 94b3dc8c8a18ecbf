import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSource } from "../../../shared/loader/source/file-source.ts";
import { indexPass } from "../../../shared/loader/index/index-pass.ts";
import { IndexBuilder } from "../../../shared/loader/index/index-builder.ts";
import { PermanentError } from "../../../shared/errors/errors.ts";
import { dumpPrograms } from "../../integration/loader/corpus/dump-programs.ts";
import { faultOf, indexOf, mariadb } from "./support/index-of.ts";

/** A complete dump of a program, from the corpus. */
function dumpOf(program: string): Buffer {
  return Buffer.from(dumpPrograms.find(({ name }) => name === program)?.dump ?? "");
}

/** The tables that a dump would load. */
function content(dump: Buffer): unknown {
  return indexOf(dump).tables.map(({ name, rows, contentHash }) => ({ name, rows, contentHash }));
}

const COMPACT = Buffer.from(
  "CREATE TABLE `a` (`id` int NOT NULL, `v` text);\nINSERT INTO `a` VALUES (1,'it''s; (x)'),(2,'b\\'');\n" +
    "CREATE TABLE `b` (`id` int NOT NULL);\nINSERT INTO `b` VALUES (1),(2);\nINSERT INTO `b` VALUES (3);\n",
);

describe("a dump that is truncated at any byte", () => {
  it.each(["mysqldump 5.7", "mysqldump 8.4", "mariadb-dump 11.4", "phpMyAdmin", "HeidiSQL", "MySQL Workbench"])(
    "is refused, or lacks only text after the last statement: %s",
    (program) => {
      const dump = dumpOf(program);
      const whole = content(dump);

      for (let cut = 0; cut < dump.length; cut += 1) {
        const part = dump.subarray(0, cut);
        const error = faultOf(part);
        // only comments and settings: rejected as DUMP_EMPTY
        const isEmpty = error === undefined && indexOf(part).tables.length === 0;
        if (isEmpty) continue;
        if (error === undefined) expect({ cut, content: content(part) }).toEqual({ cut, content: whole });
        else expect(error).toMatchObject({ code: "DUMP_TRUNCATED" });
      }
    },
  );

  it("is accepted without its closing comment if the command allows that", () => {
    const builder = new IndexBuilder(mariadb, "anywhere");
    builder.feed(Buffer.from("-- MySQL dump 10.13  Distrib 5.1.73\nCREATE TABLE t (a int);\n"));

    expect(builder.finish().tables).toHaveLength(1);
  });

  it("is refused with --compact, unless it ends at the end of a statement, which only a manifest can detect", async () => {
    const ends = [0, ...[...COMPACT.toString().matchAll(/;\n/g)].map(({ index }) => index + 1)];
    // whitespace after a statement is not part of it
    const isClean = (cut: number): boolean => ends.includes(cut) || (cut > 1 && ends.includes(cut - 1));

    for (let cut = 1; cut < COMPACT.length; cut += 1) {
      const error = faultOf(COMPACT.subarray(0, cut));
      expect({ cut, code: error instanceof PermanentError ? error.code : error }).toEqual({
        cut,
        code: isClean(cut) ? undefined : "DUMP_TRUNCATED",
      });
    }
    const cut = COMPACT.subarray(0, ends[2]);
    await expect(indexWithManifest(cut, { bytes: COMPACT.length })).rejects.toMatchObject({ code: "DUMP_SIZE" });
    const sha256 = createHash("sha256").update(COMPACT).digest("hex");
    await expect(indexWithManifest(cut, { sha256 })).rejects.toMatchObject({ code: "DUMP_CHECKSUM" });
  });
});

async function indexWithManifest(dump: Buffer, expected: { bytes?: number; sha256?: string }): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "baton-cut-"));
  try {
    await writeFile(join(folder, "dump.sql"), dump);
    const source = await openFileSource(join(folder, "dump.sql"));
    try {
      return await indexPass(source, { dialect: mariadb, expected });
    } finally {
      await source.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
