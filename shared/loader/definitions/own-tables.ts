/** Table with the loader's progress records, in the schema that it loads into. */
export const NOTES_TABLE = "_baton_load";
/** Table with the records of live tables, for loads outside the pipeline. The pipeline uses its ledger. */
export const LIVE_TABLE = "_baton_live";
/** Table with the index of the dump that is being loaded. */
export const INDEX_TABLE = "_baton_index";
/** Names that no table of a dump may have. */
export const OWN_TABLES: ReadonlySet<string> = new Set([NOTES_TABLE, LIVE_TABLE, INDEX_TABLE]);
