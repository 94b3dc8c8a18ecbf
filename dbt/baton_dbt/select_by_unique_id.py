"""Selects nodes by dbt's unique ID. dbt has no selector method for it, and names are not unique."""

from typing import Any, Iterator, Set
from urllib.parse import unquote


def select_by_unique_id() -> None:
    """Makes `fqn:<unique ID>` select that node. Call after dbt is imported.

    The ID is percent-encoded, because dbt splits selectors at spaces and commas.
    """
    from dbt.graph.selector_methods import QualifiedNameSelectorMethod

    search = QualifiedNameSelectorMethod.search

    def search_by_id_or_name(self: Any, included_nodes: Set[str], selector: str) -> Iterator[str]:
        unique_id = unquote(selector)
        if unique_id in included_nodes:
            yield unique_id
        else:
            yield from search(self, included_nodes, selector)

    QualifiedNameSelectorMethod.search = search_by_id_or_name
