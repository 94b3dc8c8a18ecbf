"""Starts the nodes first on which the longest chains of other nodes wait."""

from typing import Any, Dict


def start_longest_chains_first() -> None:
    """Orders nodes that are ready by the chain of nodes that follows them. dbt orders them by depth, then by name: models that
    no other model reads start before the seeds for which all others wait. A table with more columns takes longer.
    """
    import networkx
    from dbt.graph.queue import GraphQueue

    def score(self: Any, graph: Any) -> Dict[str, int]:
        lengths: Dict[str, int] = {}
        for node in reversed(list(networkx.topological_sort(graph))):
            written = 0 if node.startswith("test.") else len(getattr(self.manifest.expect(node), "columns", ()))
            following = max((lengths[next_node] for next_node in graph.successors(node)), default=0)
            lengths[node] = 1 + written + following
        # dbt starts the lowest score first
        return {node: -length for node, length in lengths.items()}

    GraphQueue._get_scores = score
