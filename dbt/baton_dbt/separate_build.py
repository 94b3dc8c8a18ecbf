"""Builds selected models in schemas of their own and reads everything else from the live tables."""

import json
import os
from typing import Any, Dict, Iterable, List, Optional

from baton_dbt.schemas import move

BUILDING_COMMANDS = ("build", "run", "seed", "retry")


def separate_build() -> Optional[Dict[str, Any]]:
    """BATON_SEPARATE_BUILD as JSON; None for a layer's build.

    `prefix` is the prefix of the schemas, such as `dev_anna_`; `liveSets` has `businessDate` and `runId` of each live
    schema, by its name without the environment's prefix.
    """
    text = os.environ.get("BATON_SEPARATE_BUILD")
    return json.loads(text) if text else None


def build_in_separate_schemas() -> None:
    """Moves nodes to the schemas of BATON_SEPARATE_BUILD; does nothing without it. Call after dbt is imported.

    A command that builds moves the nodes that it builds. Other commands read the tables that were built there before,
    if they are selected. All other nodes stay in their live schemas, as with dbt's `--defer --favor-state`.
    """
    from dbt.task.runnable import GraphRunnableTask
    from dbt.task.show import ShowTask

    # `retry` repeats the last command with results, and dbt cannot repeat this one
    ShowTask.result_path = lambda self: os.path.join(self.config.project_target_path, "show_results.json")

    initialize = GraphRunnableTask._runtime_initialize

    def initialize_and_move(self: Any) -> None:
        initialize(self)
        build = separate_build()
        if build is None:
            return
        selected = self._flattened_nodes
        set_vars(self.config.cli_vars, build, live_schemas_of(selected, self.manifest))
        prefix = self.config.cli_vars.get("schema_prefix", "")
        is_building = self.args.which in BUILDING_COMMANDS
        nodes = tables_of(selected) if is_building else built_before(self, prefix + build["prefix"], prefix)
        for node in nodes:
            move(node, separate_schema(node.schema, prefix, build["prefix"]))
        self.manifest.build_flat_graph()

    GraphRunnableTask._runtime_initialize = initialize_and_move


def separate_schema(live: str, prefix: str, build_prefix: str) -> str:
    """The schema of a node in a separate build: `dev_anna_gold` for `gold`, after the environment's prefix."""
    return f"{prefix}{build_prefix}{live[len(prefix):]}"


def set_vars(cli_vars: Dict[str, Any], build: Dict[str, Any], schemas: Iterable[str]) -> None:
    """Sets `build_prefix`, and date and run of the newest live tables that are read, if no var names them."""
    cli_vars["build_prefix"] = build["prefix"]
    prefix = cli_vars.get("schema_prefix", "")
    sets = build["liveSets"]
    read = [sets[name] for name in (schema[len(prefix) :] for schema in schemas) if name in sets]
    newest = max(read or sets.values(), key=lambda live: live["businessDate"], default=None)
    if newest is not None:
        cli_vars.setdefault("business_date", newest["businessDate"])
        cli_vars.setdefault("run_id", newest["runId"])


def live_schemas_of(nodes: Iterable[Any], manifest: Any) -> List[str]:
    """The live schemas of the tables that these nodes read."""
    inputs = {unique_id for node in nodes for unique_id in node.depends_on_nodes}
    tables = [manifest.nodes.get(unique_id) or manifest.sources.get(unique_id) for unique_id in inputs]
    return [table.schema for table in tables if table is not None]


def tables_of(nodes: Iterable[Any]) -> List[Any]:
    return [node for node in nodes if node.resource_type in ("model", "seed")]


def built_before(task: Any, start: str, prefix: str) -> List[Any]:
    """The selected models and seeds that exist in the separate schemas.

    A test or inline query that is selected without a model reads there whatever exists.
    """
    from dbt.adapters.factory import get_adapter
    from dbt.flags import get_flags
    from dbt.graph import NodeSelector

    if not get_flags().INTROSPECT:
        return []
    adapter = get_adapter(task.config)
    with adapter.connection_named("separate_build"):
        _, rows = adapter.execute(
            "select table_schema as table_schema, table_name as table_name from information_schema.tables"
            f" where left(table_schema, {len(start)}) = '{start}'",
            fetch=True,
        )
    existing = {(row[0], row[1]) for row in rows}
    selector = NodeSelector(task.graph, task.manifest, task.previous_state, include_empty_nodes=True)
    chosen = selector.get_selected(task.get_selection_spec())
    nodes = task.manifest.nodes
    selected = tables_of(nodes[unique_id] for unique_id in chosen if unique_id in nodes)
    if not selected or getattr(task.args, "inline", None):
        read = {unique_id for node in task._flattened_nodes for unique_id in node.depends_on_nodes}
        selected = tables_of(nodes[unique_id] for unique_id in read if unique_id in nodes)
    build_prefix = start[len(prefix) :]
    return [node for node in selected if (separate_schema(node.schema, prefix, build_prefix), node.alias) in existing]
