"""Ends a run in order when it is told to stop: statements killed, results complete, exit code not 0."""

import signal
from types import FrameType
from typing import Any, List, Optional, Set

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(SystemExit):
    """Raised in the main thread by a signal; its code is the shell's for that signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)

    def __str__(self) -> str:
        return f"stopped by {self.signal.name}"


_stopped: Optional[Stopped] = None


def stop_received() -> Optional[Stopped]:
    """What has stopped this run, whatever error came after it; None for a run that nobody has stopped."""
    return _stopped


def stop_on_signals() -> None:
    """Turns the first SIGTERM or SIGINT into `Stopped`; later ones must not disturb the cleaning up."""

    def stop(number: int, _frame: Optional[FrameType]) -> None:
        global _stopped
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, signal.SIG_IGN)
        _stopped = Stopped(number)
        raise _stopped

    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, stop)


def complete_results_of_stopped_runs() -> None:
    """Lets a stopped run's `run_results.json` name the nodes that it did not reach, as skipped, and those cut off as errors.

    dbt writes only those that ended, so that `dbt retry` would leave the others out for ever. dbt's own
    `--fail-fast` does the same. So it is after any error that ends the run: one that comes while a stopped run
    cancels its queries hides the stop. Call after dbt is imported.
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
                        # its thread may end too late for dbt to take its result
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
