"""Includes dbt's events of nodes in the JSON log, for programs that follow a run."""

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

    Their fields have node, status, time and rows, also for skipped nodes. At debug level, the log would also contain
    every SQL statement. Lines for people that say the same are lowered from info to debug level.
    """
    from dbt.events import types
    from dbt_common.events.base_types import EventLevel

    for event in (types.NodeStart, types.NodeFinished):
        event.level_tag = lambda self: EventLevel.INFO
    types.LogStartLine.level_tag = lambda self: EventLevel.DEBUG
    level_of = types.LogTestResult.status_to_level

    def level_of_failures(status: str) -> EventLevel:
        level = level_of(status)
        return EventLevel.DEBUG if level == EventLevel.INFO else level

    types.LogTestResult.status_to_level = staticmethod(level_of_failures)
