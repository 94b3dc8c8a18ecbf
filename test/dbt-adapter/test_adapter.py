"""dbt's own tests of adapters, on the server of the environment. Tests that do not fit are skipped with a reason."""

import os
from pathlib import Path

import pytest
from dbt.tests.adapter.basic import (
    expected_catalog,
    test_adapter_methods,
    test_base,
    test_docs_generate,
    test_empty,
    test_ephemeral,
    test_generic_tests,
    test_incremental,
    test_singular_tests,
    test_singular_tests_ephemeral,
    test_snapshot_check_cols,
    test_snapshot_timestamp,
    test_table_materialization,
    test_validate_connection,
)
from dbt.tests.adapter.concurrency import test_concurrency
from dbt.tests.adapter.constraints import test_constraints
from dbt.tests.adapter.incremental import (
    test_incremental_merge_exclude_columns,
    test_incremental_on_schema_change,
    test_incremental_predicates,
    test_incremental_unique_id,
)
from dbt.tests.adapter.simple_snapshot import test_snapshot, test_various_configs

SUITES = (
    test_adapter_methods.BaseAdapterMethod,
    test_base.BaseSimpleMaterializations,
    test_empty.BaseEmpty,
    test_ephemeral.BaseEphemeral,
    test_generic_tests.BaseGenericTests,
    test_incremental.BaseIncremental,
    test_incremental.BaseIncrementalNotSchemaChange,
    test_singular_tests.BaseSingularTests,
    test_singular_tests_ephemeral.BaseSingularTestsEphemeral,
    test_snapshot_check_cols.BaseSnapshotCheckCols,
    test_snapshot_timestamp.BaseSnapshotTimestamp,
    test_table_materialization.BaseTableMaterialization,
    test_validate_connection.BaseValidateConnection,
    test_concurrency.BaseConcurrency,
    test_incremental_merge_exclude_columns.BaseMergeExcludeColumns,
    test_incremental_on_schema_change.BaseIncrementalOnSchemaChange,
    test_incremental_predicates.BaseIncrementalPredicates,
    test_incremental_unique_id.BaseIncrementalUniqueKey,
    test_snapshot.BaseSimpleSnapshot,
    test_snapshot.BaseSnapshotCheck,
    test_various_configs.BaseSnapshotColumnNames,
    test_various_configs.BaseSnapshotMultiUniqueKey,
    test_constraints.BaseModelConstraintsRuntimeEnforcement,
)

ENGINE = os.environ["BATON_ENGINE"]
MACROS = Path(__file__).parents[2] / "dbt/macros/warehouse"

# Tests that do not fit, by the end of their name, with the reason
SKIPS = {
    "TestMergeExcludeColumns::": "dbt-mysql has no strategy `merge`; Baton replaces rows by primary key",
    "TestIncrementalPredicates::": "dbt-mysql has no incremental predicates; Baton replaces rows by primary key",
    "TestIncrementalOnSchemaChange::": "dbt-mysql ignores on_schema_change; Baton takes the columns from the YAML",
    "test_updates_are_captured_by_snapshot": "the test itself adds `interval '1 day'`, which is not MySQL's syntax",
    "test_new_column_captured_by_snapshot": "the test itself adds `interval '1 day'`, which is not MySQL's syntax",
    "test_deletes_are_captured_by_snapshot": "dbt-mysql does not close the rows of deleted records; Baton refuses snapshots",
    "test_revives_are_captured_by_snapshot": "dbt-mysql does not close the rows of deleted records; Baton refuses snapshots",
    "TestSnapshotColumnNames::": "the test itself runs PostgreSQL's SQL (`::timestamp`, `||`)",
    "TestSnapshotMultiUniqueKey::": "the test itself runs PostgreSQL's SQL (`::text`, `||`)",
    "TestModelConstraintsRuntimeEnforcement::": "the test puts a column of type text in a unique key; MySQL needs a length",
}

if ENGINE == "mariadb":
    reason = "a column has two checks, or a key after a check, which MariaDB refuses"
    SKIPS |= {"TestConstraintsRuntimeDdlEnforcement::": reason, "TestConstraintsRollback::": reason}


class WithMacros:
    """The macros of the project that belong to the adapter."""

    @pytest.fixture(scope="class")
    def macros(self):
        return {name: (MACROS / name).read_text() for name in ("catalog.sql", "sql_dialect.sql")}


for suite in SUITES:
    name = f"Test{suite.__name__.removeprefix('Base')}"
    globals()[name] = type(name, (WithMacros, suite), {"__module__": __name__})


class WithTypes(WithMacros):
    """Types of MySQL in place of PostgreSQL's."""

    @pytest.fixture
    def int_type(self):
        return "INTEGER"

    @pytest.fixture
    def data_types(self, int_type, string_type):
        # value, type in the YAML, type in the message
        return [
            ["1", int_type, int_type],
            ["'1'", string_type, string_type],
            ["cast('2013-11-03' as date)", "date", "DATE"],
            ["cast('2013-11-03 00:00:00' as datetime)", "datetime", "DATETIME"],
            ["cast('1' as decimal(4, 2))", "decimal(4, 2)", "NEWDECIMAL"],
        ]


class TestTableConstraintsColumnsEqual(WithTypes, test_constraints.BaseTableConstraintsColumnsEqual):
    pass


class TestViewConstraintsColumnsEqual(WithTypes, test_constraints.BaseViewConstraintsColumnsEqual):
    pass


class TestIncrementalConstraintsColumnsEqual(
    WithTypes, test_constraints.BaseIncrementalConstraintsColumnsEqual
):
    pass


class TestConstraintsRuntimeDdlEnforcement(
    WithMacros, test_constraints.BaseConstraintsRuntimeDdlEnforcement
):
    """MySQL creates and fills the table in one statement, which can have no foreign keys."""

    @pytest.fixture(scope="class")
    def expected_sql(self):
        return """
create table <model_identifier> (
    id integer not null primary key check ((id > 0)) check (id >= 1) unique,
    color text,
    date_day text
) (
    select id, color, date_day from (
        -- depends_on: <foreign_key_model_identifier>
        select 'blue' as color, 1 as id, '2019-01-01' as date_day
    ) as model_subq
)
"""


class TestConstraintsRollback(WithMacros, test_constraints.BaseConstraintsRollback):
    @pytest.fixture(scope="class")
    def expected_error_messages(self):
        return ["Column 'id' cannot be null"]


class TestDocsGenerate(test_docs_generate.BaseDocsGenerate):
    @pytest.fixture(scope="class")
    def macros(self):
        return {
            "schema.yml": test_docs_generate.macros__schema_yml,
            "macro.md": test_docs_generate.macros__macro_md,
            "dummy_test.sql": test_docs_generate.macros__dummy_test_sql,
            "catalog.sql": (MACROS / "catalog.sql").read_text(),
        }

    @pytest.fixture(scope="class")
    def expected_catalog(self, project):
        return expected_catalog.base_expected_catalog(
            project,
            role=None,
            id_type="int(11)" if ENGINE == "mariadb" else "int",
            text_type="text",
            time_type="timestamp",
            view_type="view",
            table_type="table",
            model_stats=expected_catalog.no_stats(),
        )
