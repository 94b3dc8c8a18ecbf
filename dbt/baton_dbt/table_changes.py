"""Lets `state:modified` find models and seeds whose table changes with their YAML, because the YAML defines the table."""

from functools import wraps
from typing import Any, List


def find_table_changes() -> None:
    """Adds types, constraints, key and indexes of a table to what dbt compares. Call after dbt is imported."""
    from dbt.graph.selector_methods import StateSelectorMethod

    check = StateSelectorMethod.check_modified_content

    # dbt passes the type of the adapter to functions of this name only
    @wraps(check)
    def check_with_table(self: Any, old: Any, new: Any, adapter_type: str) -> bool:
        return bool(check(self, old, new, adapter_type)) or (
            old is not None and new is not None and table_of(old) != table_of(new)
        )

    StateSelectorMethod.check_modified_content = check_with_table


def table_of(node: Any) -> List[Any]:
    """What the table of a model or seed is created from; nothing for other nodes."""
    if node.resource_type not in ("model", "seed"):
        return []
    columns = [
        (column.name, column.data_type, sorted(str(constraint.type) for constraint in column.constraints))
        for column in node.columns.values()
    ]
    meta = node.config.meta or {}
    return [columns, meta.get("primary_key"), meta.get("indexes")]
