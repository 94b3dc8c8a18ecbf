"""Keeps code that is generated at run time between processes: templates, methods of data classes, schemas of settings."""

import dataclasses
import json
import marshal
import pickle
import sys
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Callable, Dict, Hashable, Tuple

from baton_dbt.parse_cache import keep

CODE_FILE = "code.pickle"
# more contains templates of earlier versions of the models
MOST_ENTRIES = 10_000


class CodeCache:
    """Code by the text that it was compiled from. The folder may be read-only or missing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / CODE_FILE
        self._stored: Dict[Hashable, bytes] = {}
        self._used: Dict[Hashable, Any] = {}
        try:
            version, stored = pickle.loads(self._file.read_bytes())
            self._stored = stored if version == versions() else {}
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            pass

    def get(self, key: Hashable, create: Callable[[], Any]) -> Any:
        """The object of this key, which `marshal` can store; created if it is not known."""
        if key not in self._used:
            stored = self._stored.get(key)
            self._used[key] = create() if stored is None else marshal.loads(stored)
        return self._used[key]

    def store(self) -> None:
        """Stores what this process created, for the next one."""
        new = {key: marshal.dumps(value) for key, value in self._used.items() if key not in self._stored}
        if new:
            known = self._stored if len(self._stored) + len(new) <= MOST_ENTRIES else {}
            keep(pickle.dumps((versions(), {**known, **new})), self._file)


def versions() -> Tuple[str, ...]:
    """What decides which code a text becomes."""
    import importlib.metadata

    packages = ("jinja2", "dbt-core", "dbt-common", "dbt-adapters", "mashumaro")
    return (sys.version, *(importlib.metadata.version(name) for name in packages))


def reuse_methods_of_data_classes(cache: CodeCache) -> None:
    """Reuses the code of `__init__` and other methods that Python generates for a data class. Call before dbt is imported."""

    def execute(text: str, *namespaces: Dict[str, Any]) -> None:
        code: CodeType = cache.get(("dataclass", text), lambda: compile(text, "<string>", "exec"))
        exec(code, *namespaces)

    dataclasses.exec = execute  # type: ignore[attr-defined]


def reuse_schemas(cache: CodeCache) -> None:
    """Reuses the JSON schemas that settings are checked with. Call after dbt is imported."""
    from dbt_common.dataclass_schema import dbtClassMixin
    from mashumaro.jsonschema import build_json_schema

    @classmethod  # type: ignore[misc]
    @lru_cache(maxsize=None)
    def json_schema(cls: Any) -> Any:
        key = ("schema", cls.__module__, cls.__qualname__)
        return json.loads(cache.get(key, lambda: json.dumps(build_json_schema(cls).to_dict())))

    dbtClassMixin.json_schema = json_schema


def reuse_templates(cache: CodeCache) -> None:
    """Reuses the code of Jinja templates, also of equal ones such as `{{ test_not_null(...) }}`. Call after dbt is imported."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compile_template = MacroFuzzEnvironment.compile

    def compile_once(self: Any, source: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(source, str) or args or options:
            return compile_template(self, source, *args, **options)
        key = (type(self).__name__, tuple(self.extensions), source)
        return cache.get(key, lambda: compile_template(self, source))

    MacroFuzzEnvironment.compile = compile_once


def compile_all(manifest: Any) -> None:
    """Compiles the templates of all macros and nodes, for an image."""
    from dbt_common.clients.jinja import get_template

    for macro in manifest.macros.values():
        get_template(macro.macro_sql, {})
    for node in manifest.nodes.values():
        get_template(node.raw_code, {})
