"""What stands between dbt-core 1.11 and dbt-mysql 1.7: imports, locks, connections, paths, signals."""
