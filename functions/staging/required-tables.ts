/**
 * Tables that models read: every dump must contain them, and they are published even when they have no rows.
 * A test compares them with the sources in `dbt/models/sources/staging.yml`.
 */
export const REQUIRED_TABLES = ["apartments", "inquiries", "m_nationalities", "movings", "rooms", "tenants"];
