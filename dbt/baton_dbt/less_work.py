"""Saves dbt work whose result is the same: with four threads in one process, its processor time is the time of a layer."""

import gc
import json
import os
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


def name_no_source_of_flags() -> None:
    """Skips the search for the module that defines a flag of dbt's behavior, which reads the source of each caller."""
    from dbt_common.behavior_flags import BehaviorFlagRendered

    BehaviorFlagRendered._default_source = staticmethod(lambda: "Unknown")


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
