"""Starts dbt: first what must be done before dbt is imported, then dbt itself."""

import os
import sys
from typing import List

from baton_dbt.end_with_parent import end_with_parent
from baton_dbt.thread_locks import use_thread_locks
from baton_dbt.writable_paths import PROJECT_DIRECTORY, set_writable_paths

CACHE = PROJECT_DIRECTORY / "target" / "parse_cache"
SUCCESS, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: List[str]) -> int:
    """Runs dbt with its own arguments.

    Returns 0 on success, 1 when a node or test failed, 2 when dbt could not run (wrong arguments, project or profile),
    143 or 130 after SIGTERM or SIGINT.
    """
    end_with_parent()
    set_writable_paths(os.environ)
    use_thread_locks()

    from baton_dbt.code_cache import CodeCache, compile_all, reuse_methods_of_data_classes, reuse_schemas, reuse_templates
    from baton_dbt.less_work import collect_garbage_rarely, generate_code_when_used
    from baton_dbt.moved_modules import restore_moved_modules

    cache = CodeCache(CACHE)
    collect_garbage_rarely()
    reuse_methods_of_data_classes(cache)
    generate_code_when_used()
    restore_moved_modules()

    from baton_dbt.cancel_on_signal import complete_results_of_stopped_runs, stop_on_signals, stop_received
    from baton_dbt.docs_pages import prepare_docs
    from baton_dbt.less_work import (
        copy_fields_of_artifacts,
        create_only_logged_events,
        look_up_names_directly,
        merge_macros_as_dictionaries,
        name_no_source_of_flags,
        reuse_type_testers,
        write_artifacts_at_once,
        write_manifest_at_end,
    )
    from baton_dbt.mysql_adapter import use_baton_adapter
    from baton_dbt.node_events import logs_json, show_node_events
    from baton_dbt.node_order import start_longest_chains_first
    from baton_dbt.parse_cache import ignore_run_vars_when_parsing, use_parse_cache
    from baton_dbt.schemas import set_schemas_after_parsing
    from baton_dbt.seed_files import keep_seed_values
    from baton_dbt.select_by_unique_id import select_by_unique_id
    from baton_dbt.separate_build import build_in_separate_schemas
    from baton_dbt.table_changes import find_table_changes
    from baton_dbt.test_descriptions import describe_generic_tests
    from baton_dbt.unit_test_graph import show_graph_to_unit_tests
    from dbt.cli.exceptions import DbtInternalException, DbtUsageException
    from dbt.cli.main import dbtRunner

    use_baton_adapter()
    write_artifacts_at_once()
    write_skipped_manifest = write_manifest_at_end()
    copy_fields_of_artifacts()
    name_no_source_of_flags()
    create_only_logged_events()
    look_up_names_directly()
    merge_macros_as_dictionaries()
    reuse_type_testers()
    ignore_run_vars_when_parsing()
    use_parse_cache(CACHE)
    reuse_schemas(cache)
    reuse_templates(cache)
    set_schemas_after_parsing()
    describe_generic_tests()
    build_in_separate_schemas()
    find_table_changes()
    show_graph_to_unit_tests()
    keep_seed_values()
    select_by_unique_id()
    start_longest_chains_first()
    if logs_json(arguments, os.environ):
        show_node_events()
    prepare_docs(arguments)
    complete_results_of_stopped_runs()
    stop_on_signals()

    outcome = dbtRunner().invoke(arguments)
    write_skipped_manifest()
    if os.environ.get("BATON_DBT_BAKES") and outcome.success:
        compile_all(outcome.result)
    cache.store()
    if outcome.success:
        return SUCCESS
    stopped = stop_received()
    if stopped is not None:
        return int(stopped.code or FAILED)
    if outcome.exception is None:
        return FAILED
    if isinstance(outcome.exception, (DbtUsageException, DbtInternalException)):
        # dbt has already logged every other error
        print(outcome.exception, file=sys.stderr)
    return WRONG_USE
