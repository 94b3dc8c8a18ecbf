"""Restores the import paths that dbt-mysql 1.7 uses and that dbt-core 1.8 moved to other packages."""

import sys


def restore_moved_modules() -> None:
    """Maps the import paths of dbt-core 1.7 to the current ones. Call before any adapter is loaded.

    dbt-mysql 1.7.0 is the last release of the adapter. Only its imports are out of date.
    """
    import dbt.contracts.graph.nodes
    import dbt.events
    import dbt.exceptions
    import dbt.utils
    import dbt_common.clients.agate_helper
    import dbt_common.exceptions
    from dbt.adapters import exceptions as adapter_exceptions
    from dbt.adapters.contracts import connection
    from dbt.adapters.events.logging import AdapterLogger
    from dbt_common.contracts.constraints import ConstraintType
    from dbt_common.utils.executor import executor

    sys.modules["dbt.contracts.connection"] = connection
    sys.modules["dbt.clients.agate_helper"] = dbt_common.clients.agate_helper
    dbt.events.AdapterLogger = AdapterLogger
    dbt.utils.executor = executor
    dbt.contracts.graph.nodes.ConstraintType = ConstraintType
    for source, names in (
        (dbt_common.exceptions, ("DbtRuntimeError", "DbtDatabaseError", "CompilationError")),
        (adapter_exceptions, ("FailedToConnectError",)),
    ):
        for name in names:
            setattr(dbt.exceptions, name, getattr(source, name))
