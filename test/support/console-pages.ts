import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { bundlePage } from "../../shared/console/bundle-page.ts";
import { readReport } from "../../shared/console/data/read-report.ts";
import { renderPage, type PageAssets } from "../../shared/console/render-page.ts";
import { seedLedger, type SeedOptions } from "./ledger/seed-ledger.ts";
import { testServices } from "./services.ts";
import { testWarehouse } from "./warehouse.ts";

/** Layers of the seeded ledgers, with the sizes of `serverless.yml`. */
export const PAGE_LAYERS = [
  { name: "staging", memoryMb: 2048, storageMb: 4096 },
  { name: "silver", memoryMb: 2048, storageMb: 1024 },
  { name: "gold", memoryMb: 2048, storageMb: 1024 },
];

/** 90 minutes after the start of the run of 7 February 2026, 30 minutes after its data was due. */
export const PAGE_NOW = new Date("2026-02-06T23:30:00Z");

/** Console pages of seeded ledgers, as files; `dispose` removes them. */
export class ConsolePages {
  readonly folder: string;
  readonly #assets: PageAssets;

  private constructor(folder: string, assets: PageAssets) {
    this.folder = folder;
    this.#assets = assets;
  }

  /** Creates an empty folder for pages. */
  static async create(): Promise<ConsolePages> {
    return new ConsolePages(await mkdtemp(join(testServices().folder, "page-")), await bundlePage());
  }

  fileOf(name: string): string {
    return join(this.folder, `${name}.html`);
  }

  /** Seeds a new ledger, unless it should be empty, and writes its page as environment `prod` would. */
  async write(name: string, seed: Omit<SeedOptions, "lastDay"> | undefined): Promise<void> {
    const warehouse = testWarehouse();
    const ledger = await openLedger(warehouse.config, {});
    try {
      if (seed !== undefined) await seedLedger(ledger.pool, { ...seed, lastDay: "2026-02-07" });
      const options = { stage: "prod", layers: PAGE_LAYERS, runId: undefined, now: PAGE_NOW, deadline: "08:00" };
      const report = await readReport(ledger.pool, options);
      await writeFile(this.fileOf(name), renderPage(report, this.#assets, { dbtDocs: "dbt-docs.html" }));
    } finally {
      await ledger.pool.end();
      await warehouse.dispose();
    }
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
