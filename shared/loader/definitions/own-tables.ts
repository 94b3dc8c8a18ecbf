/** Table with the loader's progress records, in the schema that it loads into. */
export const NOTES_TABLE = "_baton_load";
/** Table with the records of live tables, for loads outside the pipeline. The pipeline uses its ledger. */
export const LIVE_TABLE = "_baton_live";
