"""Makes dbt-mysql 1.7 work with dbt-core 1.11 and in Lambda: imports, locks, connections, paths, signals."""
