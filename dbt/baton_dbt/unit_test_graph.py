"""Gives unit tests the graph of the project, which has the types of their fixtures."""

from typing import Any


def show_graph_to_unit_tests() -> None:
    """Copies the `graph` of the project into the manifest that dbt creates for unit tests, where it is empty.

    The macro `get_fixture_sql` reads the types of the inputs from it. Call after dbt is imported.
    """
    from dbt.parser.unit_tests import UnitTestManifestLoader

    load = UnitTestManifestLoader.load

    def load_with_graph(self: Any) -> Any:
        unit_test_manifest = load(self)
        unit_test_manifest.flat_graph = self.manifest.flat_graph
        return unit_test_manifest

    UnitTestManifestLoader.load = load_with_graph
