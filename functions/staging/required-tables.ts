/**
 * Tables of the dump that models read: they must be there, and stay live also when they have no rows.
 * The same as the sources in `dbt/models/sources/staging.yml`; a test holds the two together.
 */
export const REQUIRED_TABLES = ["apartments", "inquiries", "m_nationalities", "movings", "rooms", "tenants"];
