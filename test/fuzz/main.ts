import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { wholeNumber } from "../../cli/parse-whole-number.ts";
import { runCommand } from "../../cli/run-command.ts";
import { startDatabase } from "../../local/database-server.ts";
import { engines, type Engine } from "../../local/engine.ts";
import { batonHome } from "../../shared/config/checkout.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { testWarehouse } from "../support/warehouse.ts";
import { fuzzDump } from "./fuzz-dump.ts";

interface FuzzFlags {
  seed: number;
  minutes: number;
  engine: Engine;
}

const EXAMPLES = `
Each turn creates random tables and rows, dumps them with random options of the real dump program, and loads the dump with
the stock client and with Baton. Definitions and rows must be equal. The first difference ends the run and names its seed.

Examples:
  npm run fuzz
  npm run fuzz -- --minutes 10 --engine mysql
  npm run fuzz -- --seed 42`;

async function run({ seed, minutes, engine }: FuzzFlags): Promise<void> {
  process.env["BATON_ENGINE"] = engine;
  const folder = join(batonHome, `fuzz-${process.pid}`);
  const database = await startDatabase({ folder, engine, parentPid: process.pid });
  const warehouse = testWarehouse(database);
  const end = Date.now() + minutes * 60_000;
  const counts = { equal: 0, skipped: 0, tables: 0, rows: 0 };
  try {
    for (let turn = seed; turn === seed || Date.now() < end; turn += 1) {
      const result = await fuzzDump(warehouse, {
        seed: turn,
        prefix: warehouse.prefix,
        folder: join(batonHome, "fuzz"),
      });
      if (result.is === "unequal") {
        throw new PermanentError("LOAD_VERIFY", `seed ${turn}: ${result.difference}`, {
          kind: "data",
          advice: `Look at ${result.dump}, and repeat: npm run fuzz -- --engine ${engine} --minutes 0 --seed ${turn}`,
        });
      }
      counts[result.is] += 1;
      if (result.is === "equal") Object.assign(counts, sums(counts, result));
      if (process.stderr.isTTY) process.stderr.write(`\rseed ${turn}: ${counts.equal} dumps equal`);
    }
    process.stdout.write(
      `${engine}: ${counts.equal} dumps from seed ${seed} on are equal (${counts.tables} tables, ${counts.rows} rows); ` +
        `the stock client rejects ${counts.skipped}\n`,
    );
  } finally {
    await warehouse.dispose();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function sums(one: Sizes, other: Sizes): Sizes {
  return { tables: one.tables + other.tables, rows: one.rows + other.rows };
}

interface Sizes {
  tables: number;
  rows: number;
}

const program = new Command("npm run fuzz --").exitOverride();
program
  .description("Compare Baton with the stock client on random dumps of the real dump programs")
  .option("--seed <n>", "first seed; the same seed gives the same dump", wholeNumber(0, 1e9), 1)
  .option("--minutes <n>", "start no new turn after this time; 0 for one turn", wholeNumber(0, 600), 2)
  .addOption(new Option("--engine <name>", "database engine").choices(engines).default("mariadb"))
  .addHelpText("after", EXAMPLES)
  .action((flags: FuzzFlags) => run(flags));
process.exitCode = await runCommand(program, process.argv.slice(2));
