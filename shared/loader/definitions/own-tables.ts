/** Name of the table with the loader's notes, in the schema that it loads into. */
export const NOTES_TABLE = "_baton_load";
/** Name of the table with records of live tables, for loads outside the pipeline, which has its ledger. */
export const LIVE_TABLE = "_baton_live";
