"""Describes generic data tests by kind, where their YAML has no description: for the documentation and for alerts."""

import re
from string import Template
from typing import Any

REFERENCE = re.compile(r"(?:ref|source)\(([^)]*)\)")


def describe_generic_tests() -> None:
    """Takes the description of a test from the doc block `test_<kind>`, with the arguments of the test for `$name`.

    dbt describes each test or none: it has no description for a kind. Call after dbt is imported.
    """
    from dbt.parser.manifest import ManifestLoader

    load = ManifestLoader.load

    def load_and_describe(self: Any) -> Any:
        manifest = load(self)
        texts = {doc.name: doc.block_contents for doc in manifest.docs.values()}
        for node in manifest.nodes.values():
            kind = getattr(node, "test_metadata", None)
            if kind is not None and not node.description:
                arguments = {name: shown(value) for name, value in kind.kwargs.items()}
                node.description = Template(texts.get(f"test_{kind.name}", "")).safe_substitute(arguments)
        return manifest

    ManifestLoader.load = load_and_describe


def shown(value: Any) -> str:
    """An argument as text: `a, b` for a list, `stg_rooms` for `ref('stg_rooms')`."""
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value)
    return REFERENCE.sub(lambda found: re.sub(r"['\" ]", "", found[1]).replace(",", "."), str(value))
