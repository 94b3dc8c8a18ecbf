"""Sets the schemas of models, seeds, tests and sources for one run."""

import os
from typing import Any, Iterable, Optional


def set_schemas_after_parsing() -> None:
    """Adds prefix and suffix to the schemas of the parsed project. Call after dbt is imported.

    A parsed schema is the live schema without a prefix, so that one parse serves every environment and layer. The var
    `schema_prefix` lets several environments share a server. Nodes of the layer under build (var `build_layer`) get the
    suffix `_next`: their tables become live by one rename after all tests of the layer have passed.
    """
    from dbt.parser.manifest import ManifestLoader

    load = ManifestLoader.load

    def load_and_set_schemas(self: Any) -> Any:
        manifest = load(self)
        cli_vars = self.root_project.cli_vars
        # set for the macros too
        prefix = cli_vars.setdefault("schema_prefix", os.environ.get("BATON_SCHEMA_PREFIX", ""))
        layer = cli_vars.get("build_layer")
        if "layer_schemas" in cli_vars:
            require_schemas(manifest.nodes.values(), layer, cli_vars["layer_schemas"].split(","))
        for node in manifest.nodes.values():
            move(node, f"{prefix}{node.schema}{'_next' if belongs_to(node, layer) else ''}")
        for source in manifest.sources.values():
            move(source, f"{prefix}{source.schema}")
        return manifest

    ManifestLoader.load = load_and_set_schemas


def belongs_to(node: Any, layer: Optional[str]) -> bool:
    """Whether the node is in the layer's schema, or has the layer among its tags, as seeds have."""
    return layer is not None and (node.schema == layer or layer in node.tags)


def require_schemas(nodes: Iterable[Any], layer: Optional[str], schemas: list) -> None:
    """Stops when the layer would build in a schema that its row of the layer table does not name.

    The schema would not be prepared before the build, and dbt's user may have no privilege to create it.
    """
    from dbt.exceptions import CompilationError

    others = [
        node
        for node in nodes
        if node.resource_type in ("model", "seed") and belongs_to(node, layer) and node.schema not in schemas
    ]
    if others:
        named = ", ".join(sorted(f"{node.resource_type} {node.name} in the schema {node.schema}" for node in others))
        missing = ", ".join(sorted({node.schema for node in others}))
        raise CompilationError(
            f"The layer {layer} builds {named}, which its row in serverless.yml does not name: "
            f"add {missing} to alsoBuilds of the layer {layer}."
        )


def move(node: Any, schema: str) -> None:
    """Sets the schema of a node or source, also in its quoted name."""
    if node.relation_name is not None:
        node.relation_name = node.relation_name.replace(f"`{node.schema}`", f"`{schema}`", 1)
    node.schema = schema
