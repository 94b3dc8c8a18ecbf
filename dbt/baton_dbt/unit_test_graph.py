"""Lets unit tests see the project's graph, where the types of their fixtures stand."""

from typing import Any


def show_graph_to_unit_tests() -> None:
    """Gives the manifest that dbt makes for unit tests the `graph` of the project, which it leaves empty.

    Our macro `get_fixture_sql` takes types from the YAML of inputs by it. Call after dbt is imported.
    """
    from dbt.parser.unit_tests import UnitTestManifestLoader

    load = UnitTestManifestLoader.load

    def load_with_graph(self: Any) -> Any:
        unit_test_manifest = load(self)
        unit_test_manifest.flat_graph = self.manifest.flat_graph
        return unit_test_manifest

    UnitTestManifestLoader.load = load_with_graph
