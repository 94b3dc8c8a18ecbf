"""Starts the nodes first on which the longest chains of other nodes wait."""

from typing import Any, Dict


def start_longest_chains_first() -> None:
    """Orders nodes that are ready by the chain of nodes that follows them; a table with more columns takes longer.

    dbt orders them by depth and name, and hands all to its threads at once: seeds for which all models wait start after
    models that no other model reads, and a model that becomes ready waits for tests on which nothing depends.
    """
    import networkx
    from dbt.graph.queue import GraphQueue
    from dbt.task.runnable import GraphRunnableTask

    get = GraphQueue.get
    run_queue = GraphRunnableTask.run_queue

    def score(self: Any, graph: Any) -> Dict[str, int]:
        lengths: Dict[str, int] = {}
        for node in reversed(list(networkx.topological_sort(graph))):
            written = 0 if node.startswith("test.") else len(getattr(self.manifest.expect(node), "columns", ()))
            following = max((lengths[next_node] for next_node in graph.successors(node)), default=0)
            lengths[node] = 1 + written + following
        # dbt starts the lowest score first
        return {node: -length for node, length in lengths.items()}

    def run_with_limit(self: Any, pool: Any) -> None:
        # one more waits for the first thread that is free
        self.job_queue.max_in_progress = pool.max_threads + 1
        run_queue(self, pool)

    def get_within_limit(self: Any, *args: Any, **options: Any) -> Any:
        with self.some_task_done:
            while len(self.in_progress) >= self.max_in_progress:
                self.some_task_done.wait()
        return get(self, *args, **options)

    GraphQueue._get_scores = score
    GraphQueue.max_in_progress = 1
    GraphQueue.get = get_within_limit
    GraphRunnableTask.run_queue = run_with_limit
