import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";

/** Takes all nodes of a graph from dbt's own queue, each in a thread that waits for the node before, and prints their order. */
const SCRIPT = `
import json, sys, threading
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
from baton_dbt.moved_modules import restore_moved_modules
restore_moved_modules()
import networkx
from baton_dbt.node_order import start_longest_chains_first
from dbt.graph.queue import GraphQueue
start_longest_chains_first()
graph = networkx.DiGraph([edge.split(" > ") for edge in json.loads(sys.argv[2])])
columns = {"model.people": range(20), "model.rooms": range(9), "model.contracts": range(30)}
expect = lambda node: SimpleNamespace(unique_id=node, resource_type="model", columns=columns.get(node, range(3)))
manifest = SimpleNamespace(expect=expect)
queue = GraphQueue(graph, manifest, set(graph))
order = []
take = lambda: order.append(queue.get().unique_id)
take()
while not queue.empty():
    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    thread.join(0.05)
    queue.mark_done(order[-1])
    thread.join()
print(json.dumps(order))
`;

describe("the order of dbt's nodes", () => {
  it("begins with the nodes on which the longest chains wait, and with tables of many columns", () => {
    const edges = [
      ...["model.alone > test.alone", "seed.codes > model.people", "seed.codes > test.codes"],
      ...["test.codes > model.people", "model.people > test.people", "test.people > model.contracts"],
      ...["model.people > model.contracts", "model.contracts > test.contracts", "model.people > test.slow"],
      ...["test.first > model.rooms", "test.source > model.people", "model.rooms > model.contracts"],
    ];

    const output = execFileSync(
      join(batonHome, "venv/bin/python"),
      ["-c", SCRIPT, join(projectRoot, "dbt"), JSON.stringify(edges)],
      { encoding: "utf8" },
    );

    expect(JSON.parse(output)).toEqual([
      ...["seed.codes", "test.codes", "test.source", "model.people", "test.first", "model.rooms", "test.people"],
      ...["model.contracts", "model.alone", "test.alone", "test.contracts", "test.slow"],
    ]);
  });
});
