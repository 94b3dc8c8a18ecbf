/** Key of the ledger's summary in the bucket (shared/ledger/ledger-summary.ts). */
export const SUMMARY_KEY = "state/ledger-summary.json";
