"""Saves dbt work whose result is the same: with four threads in one process, its processor time is the time of a layer."""

import json
import os
from typing import Any, Dict, Tuple


def generate_code_when_used() -> None:
    """Makes mashumaro generate the code of a class at its first use. Call before dbt is imported."""
    from mashumaro.config import BaseConfig

    BaseConfig.lazy_compilation = True


def write_artifacts_at_once() -> None:
    """Encodes artifacts with the encoder in C. `json.dump`, which dbt uses, has the one in Python, ten times slower."""
    import dbt.artifacts.schemas.base as base
    import dbt_common.clients.system as system
    from dbt_common.utils.encoding import JSONEncoder

    def write_json(path: str, data: Dict[str, Any]) -> bool:
        system.make_directory(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(data, cls=JSONEncoder))
        return True

    system.write_json = base.write_json = write_json


def format_only_logged_events() -> None:
    """Drops events below the level of a log before they become lines. dbt drops the finished lines: three of four."""
    from dbt_common.events import logger as log

    write_line = log._Logger.write_line
    levels = log._log_level_map

    def write_line_of_level(self: Any, message: Any) -> None:
        python_logger = self._python_logger
        level = levels.get(message.info.level)
        is_shown = level is None or python_logger is None or python_logger.isEnabledFor(level)
        if is_shown or log._is_print_event(message):
            write_line(self, message)

    log._Logger.write_line = write_line_of_level


def compile_equal_templates_once() -> None:
    """Reuses the code of a Jinja template: many tests have the same text, such as `{{ test_not_null(...) }}`."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compile_template = MacroFuzzEnvironment.compile
    compiled: Dict[Tuple[Any, ...], Any] = {}

    def compile_once(self: Any, source: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(source, str):
            return compile_template(self, source, *args, **options)
        key = (type(self), tuple(self.extensions), source, args, tuple(options.items()))
        if key not in compiled:
            compiled[key] = compile_template(self, source, *args, **options)
        return compiled[key]

    MacroFuzzEnvironment.compile = compile_once


def merge_macros_as_dictionaries() -> None:
    """Adds the project's macros to the context of a node by dictionary: dbt looks up each of 500 names in five places."""
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    to_dict = ManifestContext.to_dict

    def to_dict_by_part(self: Any) -> Dict[str, Any]:
        if not isinstance(self.namespace, MacroNamespace):
            return to_dict(self)
        context = ConfiguredContext.to_dict(self)
        # the first part that has a name wins
        for part in reversed(list(self.namespace._search_order())):
            context.update(part)
        return context

    ManifestContext.to_dict = to_dict_by_part
