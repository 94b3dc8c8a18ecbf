/** The three schemas of a layer: live tables, tables being built, replaced tables. */
export interface LayerSchemas {
  live: string;
  next: string;
  backup: string;
}

/** Returns the names of a layer's schemas (or of `seeds`, which silver builds and publishes). */
export function schemasOf(schemaPrefix: string, name: string): LayerSchemas {
  const live = `${schemaPrefix}${name}`;
  return { live, next: `${live}_next`, backup: `${live}_backup` };
}

/** Name of the ledger's schema. */
export function ledgerSchemaOf(schemaPrefix: string): string {
  return `${schemaPrefix}pipeline`;
}

/** Name of the schema with samples of rows that tests found. */
export function qualitySchemaOf(schemaPrefix: string): string {
  return `${schemaPrefix}quality`;
}
