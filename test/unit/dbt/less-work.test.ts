import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";

/** Uses dbt's own classes with the changes of dbt/baton_dbt/less_work.py, and prints what they did. */
const SCRIPT = `
import io, json, os, sys, tempfile
sys.path.insert(0, sys.argv[1])
from baton_dbt.moved_modules import restore_moved_modules
restore_moved_modules()
from baton_dbt import less_work
from jinja2 import Environment
from dbt.artifacts.schemas import base
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt_common.clients.jinja import get_template
from dbt_common.events import logger as log
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Formatting

namespace = MacroNamespace({"a": 1, "b": 1}, {"a": 2}, {"c": 3, "a": 3}, {"shop": {"d": 4}, "c": 4})
ConfiguredContext.to_dict = lambda self: {"a": 0, "target": "t"}
context = ManifestContext.__new__(ManifestContext)
context.namespace = namespace
plain = context.to_dict()
less_work.merge_macros_as_dictionaries()

made = []
create_line = log._TextLogger.create_line
log._TextLogger.create_line = lambda self, message: made.append(message.info.level) or create_line(self, message)
less_work.format_only_logged_events()
shown = io.StringIO()
manager = EventManager()
manager.add_logger(log.LoggerConfig(name="test", level=EventLevel.INFO, output_stream=shown))
manager.fire_event(Formatting("shown"))
manager.fire_event(Formatting("hidden"), level=EventLevel.DEBUG)

generated = []
generate = Environment._generate
Environment._generate = lambda self, *args, **options: generated.append(1) or generate(self, *args, **options)
less_work.compile_equal_templates_once()
rendered = [get_template("{{ x }}!", {}).render({"x": value}) for value in (1, 2)] + [get_template("{{ y }}?", {}).render({"y": 3})]

less_work.write_artifacts_at_once()
def refused(*args, **options):
    raise AssertionError("the slow encoder")
json.dump = refused
path = os.path.join(tempfile.mkdtemp(), "folder", "file.json")
artifact = base.Writable()
artifact.to_dict = lambda **options: {"a": [1.5, None, "日本"]}
artifact.write(path)

print(json.dumps({
    "context": context.to_dict() == plain, "merged": plain,
    "lines": made, "shown": shown.getvalue().strip()[-5:],
    "rendered": rendered, "generated": len(generated),
    "artifact": json.load(open(path, encoding="utf-8")),
}))
`;

describe("the work that dbt is spared", () => {
  it("gives the same contexts, lines, texts and files", () => {
    const python = join(batonHome, "venv/bin/python");

    const output = execFileSync(python, ["-c", SCRIPT, join(projectRoot, "dbt")], { encoding: "utf8" });

    expect(JSON.parse(output)).toEqual({
      ...{ context: true, merged: { a: 2, b: 1, c: 4, dbt: { a: 3, c: 3 }, shop: { d: 4 }, target: "t" } },
      ...{ lines: ["info"], shown: "shown" },
      ...{ rendered: ["1!", "2!", "3?"], generated: 2 },
      artifact: { a: [1.5, null, "日本"] },
    });
  });
});
