"""Stops a run cleanly on a signal: statements are killed, results are complete, the exit code is not 0."""

import signal
import sys
from types import FrameType
from typing import Any, List, Optional, Set

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(SystemExit):
    """Raised in the main thread by a signal. Its code is the shell's exit code for that signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)

    def __str__(self) -> str:
        return f"stopped by {self.signal.name}"


_stopped: Optional[Stopped] = None


def stop_received() -> Optional[Stopped]:
    """The signal that stopped this run, even if another error followed; None if no signal was received."""
    return _stopped


def stop_on_signals() -> None:
    """Raises `Stopped` on the first SIGTERM or SIGINT and ignores later ones, which would interrupt the clean-up.

    dbt logs the stop, without the stack trace that it logs for unknown errors. Call after dbt is imported.
    """
    import dbt.cli.requires as requires

    fire_event = requires.fire_event

    def fire_without_trace_of_stops(event: Any, *args: Any, **options: Any) -> None:
        if not (isinstance(event, requires.MainStackTrace) and isinstance(sys.exc_info()[1], Stopped)):
            fire_event(event, *args, **options)

    requires.fire_event = fire_without_trace_of_stops

    def stop(number: int, _frame: Optional[FrameType]) -> None:
        global _stopped
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, signal.SIG_IGN)
        _stopped = Stopped(number)
        raise _stopped

    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, stop)


def complete_results_of_stopped_runs() -> None:
    """Adds unfinished nodes to `run_results.json` of a stopped run: not started as skipped, interrupted as errors.

    dbt writes only finished nodes, so `dbt retry` would never run the others. dbt adds them itself with `--fail-fast`.
    This applies to every error that ends the run, because an error while queries are cancelled can hide the stop. Call
    after dbt is imported.
    """
    from dbt.artifacts.schemas.results import RunStatus
    from dbt.task.runnable import GraphRunnableTask, mark_node_as_skipped

    execute_nodes = GraphRunnableTask.execute_nodes
    call_runner = GraphRunnableTask.call_runner
    begun: Set[str] = set()

    def call_runner_and_remember(self: Any, runner: Any) -> Any:
        begun.add(runner.node.unique_id)
        return call_runner(self, runner)

    def execute_all_or_mark_skipped(self: Any) -> List[Any]:
        try:
            return execute_nodes(self)
        except BaseException as stopped:
            ended = {result.node.unique_id for result in self.node_results}
            for node in self._flattened_nodes or []:
                if node.unique_id not in ended:
                    skipped = mark_node_as_skipped(node, ended, str(stopped))
                    if skipped is not None:
                        # its thread may finish after dbt has collected the results
                        if node.unique_id in begun:
                            skipped.status = RunStatus.Error
                        self.node_results.append(skipped)
            if self.args.write_json:
                import time
                from datetime import datetime, timezone

                self.get_result(
                    results=self.node_results,
                    elapsed_time=time.time() - self.started_at,
                    generated_at=datetime.now(timezone.utc).replace(tzinfo=None),
                ).write(self.result_path())
            raise

    GraphRunnableTask.call_runner = call_runner_and_remember
    GraphRunnableTask.execute_nodes = execute_all_or_mark_skipped
