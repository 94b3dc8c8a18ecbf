import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../../shared/config/checkout.ts";
import { loads, loadsAs, loadsNew, refused, type CorpusCase } from "./corpus-case.ts";

function file(name: string): string {
  return readFileSync(join(projectRoot, "test/integration/loader/corpus/dumps", name), "utf8");
}

/** Dumps in files of their own, each for a kind of fault that the loader once had. */
export const files: readonly CorpusCase[] = [
  loads("a check that ALTER TABLE adds", file("alter_add_check.sql")),
  loadsNew("a key that fits only in the database's character set", "cz", file("database_default_charset_key.sql")),
  loadsAs("engine-defined options of mariadb-dump", file("page_compressed.sql"), (dump) => dump.replace(" `PAGE_COMPRESSED`=1", "")),
  loadsAs("mysqldump 10.10 of MySQL 5.0, which writes no closing comment", file("old_mysqldump_10_10.sql"), (dump) => dump.replace("MyISAM", "InnoDB")),
  refused("a value that its generated column does not compute", "LOAD_VERIFY", file("generated_wrong_value.sql"), /column v, where id = 1 the dump has 99, the column computes 6/),
  { ...loads("a foreign key whose table the dump before lacked", file("fk_parent_missing_2.sql")), after: file("fk_parent_missing_1.sql") },
  {
    ...loadsAs("a foreign key whose table only the dump before had", file("fk_parent_gone_2.sql"), (dump) => dump.replace(/, CONSTRAINT fk .*?\(id\)/, "")),
    after: file("fk_parent_gone_1.sql"),
  },
]; // prettier-ignore
