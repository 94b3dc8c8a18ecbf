"""Shows dbt's own events of nodes in the JSON log, where a program follows them."""

from typing import List, Mapping


def logs_json(arguments: List[str], environment: Mapping[str, str]) -> bool:
    """Whether the log on stdout is JSON, by `--log-format json` or DBT_LOG_FORMAT."""
    for position, argument in enumerate(arguments):
        if argument == "--log-format":
            return arguments[position + 1 : position + 2] == ["json"]
        if argument.startswith("--log-format="):
            return argument == "--log-format=json"
    return environment.get("DBT_LOG_FORMAT") == "json"


def show_node_events() -> None:
    """Raises NodeStart and NodeFinished from debug to info level. Call after dbt is imported.

    They name node, status, time and rows in fields, skipped nodes included; at debug level they would come with
    every statement of SQL. The lines that dbt writes at info level are texts for people.
    """
    from dbt.events import types
    from dbt_common.events.base_types import EventLevel

    for event in (types.NodeStart, types.NodeFinished):
        event.level_tag = lambda self: EventLevel.INFO
