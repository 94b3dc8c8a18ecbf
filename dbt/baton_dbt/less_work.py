"""Saves dbt work whose result is the same: with four threads in one process, its processor time is the time of a layer."""

import gc
import json
import os
from dataclasses import fields
from functools import lru_cache
from typing import Any, Callable, Dict, List, Tuple


def collect_garbage_rarely() -> None:
    """Makes Python search for reference cycles at most a few times: dbt keeps what it creates until it ends."""
    gc.set_threshold(1_000_000, 50, 1_000)


def generate_code_when_used() -> None:
    """Makes mashumaro generate the code of a class at its first use. Call before dbt is imported.

    Its own option `lazy_compilation` generates code that does this, for 1,200 methods when dbt is imported.
    """
    import mashumaro.mixins.dict as mixin
    from mashumaro.core.meta.code.builder import CodeBuilder

    def pack_when_used(cls: Any, encoder: Any = None, encoder_kwargs: Any = None, **format: Any) -> None:
        name = CodeBuilder.get_pack_method_name(format_name=format.get("format_name", "dict"), encoder=encoder)

        def generate_and_pack(self: Any, *args: Any, **options: Any) -> Any:
            builder(type(self), encoder=encoder, encoder_kwargs=encoder_kwargs, **format).add_pack_method()
            return getattr(self, name)(*args, **options)

        set_method(cls, name, generate_and_pack)

    def unpack_when_used(cls: Any, decoder: Any = None, **format: Any) -> None:
        name = CodeBuilder.get_unpack_method_name(format_name=format.get("format_name", "dict"), decoder=decoder)

        def generate_and_unpack(used: Any, *args: Any, **options: Any) -> Any:
            builder(used, decoder=decoder, **format).add_unpack_method()
            return getattr(used, name)(*args, **options)

        set_method(cls, name, classmethod(generate_and_unpack))

    def builder(cls: Any, dialect: Any = None, **options: Any) -> Any:
        return CodeBuilder(cls, allow_postponed_evaluation=False, default_dialect=dialect, **options)

    def set_method(cls: Any, name: Any, method: Any) -> None:
        setattr(cls, name, method)
        setattr(cls, name.public, method)

    mixin.compile_mixin_packer = pack_when_used
    mixin.compile_mixin_unpacker = unpack_when_used


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


def write_manifest_at_end() -> Callable[[], None]:
    """Skips the manifest that dbt writes after the parse if the command writes another one at its end, and the files of
    the graph, which nothing reads. Returns the function that writes a manifest that was skipped without another one.
    """
    import dbt.parser.manifest as parser
    import dbt.task.runnable as runnable
    from dbt.compilation import Compiler

    write_manifest = parser.write_manifest
    skipped: List[Tuple[Any, ...]] = []

    def skip(*arguments: Any) -> None:
        skipped.append(arguments)

    def write(*arguments: Any) -> None:
        skipped.clear()
        write_manifest(*arguments)

    def write_skipped() -> None:
        for arguments in skipped:
            write_manifest(*arguments)

    parser.write_manifest = skip
    runnable.write_manifest = write
    Compiler.write_graph_file = lambda *_: None
    return write_skipped


def copy_fields_of_artifacts() -> None:
    """Creates the manifest's copy of a node from its fields, which dbt writes into a dictionary and parses again."""
    from dbt.contracts.graph.nodes import BaseNode

    def to_resource(self: Any) -> Any:
        resource = object.__new__(self.resource_class())
        for field in fields(resource):
            setattr(resource, field.name, getattr(self, field.name))
        return resource

    BaseNode.to_resource = to_resource


def name_no_source_of_flags() -> None:
    """Skips the search for the module that defines a flag of dbt's behavior, which reads the source of each caller."""
    from dbt_common.behavior_flags import BehaviorFlagRendered

    BehaviorFlagRendered._default_source = staticmethod(lambda: "Unknown")


def create_only_logged_events() -> None:
    """Drops events that no log shows before their messages are created; dbt drops three of four as finished messages."""
    from dbt.tracking import track_behavior_change_warn
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.logger import PRINT_EVENT_NAMES, _log_level_map

    fire_event = EventManager.fire_event
    create = BaseEvent.__init__
    get = BaseEvent.__getattr__
    set_field = BaseEvent.__setattr__

    def fire_logged_event(self: Any, e: Any, level: Any = None, *args: Any, **options: Any) -> None:
        number = _log_level_map[level or e.level_tag()]
        loggers = [logger._python_logger for logger in self.loggers]
        is_logged = any(logger is None or logger.isEnabledFor(number) for logger in loggers)
        # dbt sends some events to its makers, which is switched off
        is_called = any(callback is not track_behavior_change_warn for callback in self.callbacks)
        if is_logged or is_called or number > _log_level_map["info"] or type(e).__name__ in PRINT_EVENT_NAMES:
            fire_event(self, e, level, *args, **options)

    def keep_fields(self: Any, *args: Any, **fields: Any) -> None:
        object.__setattr__(self, "_created_from", (args, fields))

    def create_once(self: Any) -> None:
        if "pb_msg" not in vars(self):
            args, fields = self._created_from
            create(self, *args, **fields)

    def get_created(self: Any, name: str) -> Any:
        create_once(self)
        return self.pb_msg if name == "pb_msg" else get(self, name)

    def set_created(self: Any, name: str, value: Any) -> None:
        if name != "pb_msg":
            create_once(self)
        set_field(self, name, value)

    EventManager.fire_event = fire_logged_event
    BaseEvent.__init__ = keep_fields
    BaseEvent.__getattr__ = get_created
    BaseEvent.__setattr__ = set_created


def merge_macros_as_dictionaries() -> None:
    """Adds the project's macros to the context of a node by dictionary: dbt looks up each of 500 names in five places."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
    from dbt.context.manifest import ManifestContext

    to_dict = ManifestContext.to_dict

    def build_namespace(self: Any, macros_by_package: Any, ctx: Dict[str, Any]) -> Any:
        node, stack = self.node, self.thread_ctx
        packages = {
            package: {name: MacroGenerator(macro, ctx, node, stack) for name, macro in macros.items()}
            for package, macros in macros_by_package.items()
        }
        internal: Dict[str, Any] = {}
        for package in reversed(self.internal_package_names_order):
            internal.update(packages.pop(package, {}))
        of_node = packages.get(self.search_package, {})
        of_project = packages.get(self.root_package, {}) if self.root_package != self.search_package else {}
        return MacroNamespace(of_project, of_node, internal, packages)

    def to_dict_by_part(self: Any) -> Dict[str, Any]:
        if not isinstance(self.namespace, MacroNamespace):
            return to_dict(self)
        context = ConfiguredContext.to_dict(self)
        # the first part that has a name wins
        for part in reversed(list(self.namespace._search_order())):
            context.update(part)
        return context

    MacroNamespaceBuilder.build_namespace = build_namespace
    ManifestContext.to_dict = to_dict_by_part


def look_up_names_directly() -> None:
    """Finds a name of a template in its two dictionaries; Python's ChainMap calls three functions for each."""
    import dbt_common.clients.jinja as jinja

    class Names(jinja.ChainMap):
        def __contains__(self, name: Any) -> bool:
            return any([name in part for part in self.maps])

        def __getitem__(self, name: Any) -> Any:
            for part in self.maps:
                if name in part:
                    return part[name]
            raise KeyError(name)

    jinja.ChainMap = Names


def reuse_type_testers() -> None:
    """Creates the types of a result's columns once for each set of text columns: dbt creates parsers of dates for each query."""
    import dbt_common.clients.agate_helper as agate_helper

    build = lru_cache(maxsize=1_000)(agate_helper.build_type_tester)
    agate_helper.build_type_tester = lambda columns, string_null_values=("null", ""): build(
        frozenset(columns), tuple(string_null_values)
    )
