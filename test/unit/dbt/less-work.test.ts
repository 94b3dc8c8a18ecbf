import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";

/** Uses dbt's own classes with the changes of dbt/baton_dbt/less_work.py, and prints what they did. */
const SCRIPT = `
import io, json, os, sys, tempfile
sys.path.insert(0, sys.argv[1])
from baton_dbt.moved_modules import restore_moved_modules
from baton_dbt import less_work
less_work.generate_code_when_used()
restore_moved_modules()
from dataclasses import dataclass
from typing import List
from jinja2 import Environment
from dbt.artifacts.schemas import base
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_template
from dbt_common.events import base_types, logger as log
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Formatting

namespace = MacroNamespace({"a": 1, "b": 1}, {"a": 2}, {"c": 3, "a": 3}, {"shop": {"d": 4}, "c": 4})
ConfiguredContext.to_dict = lambda self: {"a": 0, "target": "t"}
context = ManifestContext.__new__(ManifestContext)
context.namespace = namespace
plain = context.to_dict()
from types import SimpleNamespace
from dbt.context.macros import MacroNamespaceBuilder
macros = {package: {name: SimpleNamespace(package_name=package, name=name) for name in names} for package, names in
    {"baton": ["a", "b"], "shop": ["b", "c"], "dbt": ["c", "d"], "dbt_mysql": ["d", "e"]}.items()}
def names_of(search_package):
    found = MacroNamespaceBuilder("baton", search_package, None, ["dbt_mysql", "dbt"]).build_namespace(macros, {})
    parts = [found.local_namespace, found.global_namespace, *found.packages.values(), found.global_project_namespace]
    return list(found.packages), [{name: (made.macro.package_name, made.macro.name) for name, made in part.items()} for part in parts]
namespaces = [names_of("baton"), names_of("shop")]
less_work.merge_macros_as_dictionaries()

made = []
create_line = log._TextLogger.create_line
log._TextLogger.create_line = lambda self, message: made.append(message.info.level) or create_line(self, message)
parsed = []
create_message = base_types.ParseDict
base_types.ParseDict = lambda fields, message: parsed.append(fields.get("msg")) or create_message(fields, message)
less_work.create_only_logged_events()
shown = io.StringIO()
manager = EventManager()
manager.add_logger(log.LoggerConfig(name="test", level=EventLevel.INFO, output_stream=shown))
manager.fire_event(Formatting("shown"))
manager.fire_event(Formatting("hidden"), level=EventLevel.DEBUG)
event = Formatting("kept")
event.msg = event.msg + "!"

from pathlib import Path
from baton_dbt import code_cache
generated = []
generate = Environment._generate
compile_template = MacroFuzzEnvironment.compile
Environment._generate = lambda self, *args, **options: generated.append(1) or generate(self, *args, **options)
def render(folder):
    MacroFuzzEnvironment.compile = compile_template
    cache = code_cache.CodeCache(Path(folder))
    code_cache.reuse_templates(cache)
    before = len(generated)
    texts = [get_template("{{ x }}!", {}).render({"x": value}) for value in (1, 2)] + [get_template("{{ y }}?", {}).render({"y": 3})]
    cache.store()
    return [texts, len(generated) - before]
folder = tempfile.mkdtemp()
rendered = [render(folder), render(folder)]
Path(folder, code_cache.CODE_FILE).write_bytes(b"cut off")
rendered += [render(folder), render("/proc/none")]
code_cache.versions = lambda: ("another Python",)
rendered += [render(folder)]

less_work.write_artifacts_at_once()
def refused(*args, **options):
    raise AssertionError("the slow encoder")
json.dump = refused
path = os.path.join(tempfile.mkdtemp(), "folder", "file.json")
artifact = base.Writable()
artifact.to_dict = lambda **options: {"a": [1.5, None, "日本"]}
artifact.write(path)

from mashumaro.core.meta.code.builder import CodeBuilder
from mashumaro.mixins.msgpack import DataClassMessagePackMixin
methods = []
compile_code = CodeBuilder.compile
CodeBuilder.compile = lambda self: methods.append(1) or compile_code(self)
@dataclass
class Room(DataClassMessagePackMixin):
    beds: List[int]
@dataclass
class House(DataClassMessagePackMixin):
    rooms: List[Room]
at_import = len(methods)
house = House([Room([1, 2])])
read = [House.from_dict({"rooms": [{"beds": [1, 2]}]}), House.from_msgpack(house.to_msgpack()), House.from_dict(house.to_dict())]

from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import Documentation
from baton_dbt.parse_cache import from_pickle, to_pickle
from dbt.node_types import NodeType
doc = Documentation(name="d", resource_type=NodeType.Documentation, package_name="p", path="d.md", original_file_path="d.md", unique_id="doc.p.d", block_contents="日本")
plain_resource = doc.to_resource()
less_work.copy_fields_of_artifacts()
same_resource = [doc.to_resource() == plain_resource, doc.to_resource().to_dict() == plain_resource.to_dict()]
from dbt.contracts.files import FileHash, FilePath, SchemaSourceFile
shared = {"name": "d"}
file_path = FilePath(searched_path="models", relative_path="d.yml", project_root="/p", modification_time=1.0)
file = SchemaSourceFile(path=file_path, checksum=FileHash.empty(), dfy={"models": shared}, pp_dict={"removed": 1})
manifest = Manifest(docs={doc.unique_id: doc}, files={"f": file}, selectors={"s": shared})
manifest.doc_lookup
again = from_pickle(to_pickle(manifest, None), None)
again_file = again.files["f"]
of_partial_parse = [again_file.dfy == {"models": shared}, again_file.dfy["models"] is again.selectors["s"], again_file.pp_dict]

import dbt.parser.manifest as parser, dbt.task.runnable as runnable
written = []
parser.write_manifest = lambda manifest, path: written.append(path)
write_skipped = less_work.write_manifest_at_end()
parser.write_manifest(manifest, "after the parse")
runnable.write_manifest(manifest, "at the end")
write_skipped()
parser.write_manifest(manifest, "only after the parse")
write_skipped()

print(json.dumps({
    "generated_methods": [at_import, len(methods) > 0], "read": [one == house for one in read],
    "parse": [again.docs == manifest.docs, again._doc_lookup is None, manifest._doc_lookup is not None], "written": written,
    "of_partial_parse": of_partial_parse,
    "context": context.to_dict() == plain, "namespaces": [names_of("baton"), names_of("shop")] == namespaces, "resource": same_resource, "merged": plain,
    "lines": made, "shown": shown.getvalue().strip()[-5:], "parsed": parsed, "kept": event.msg,
    "rendered": rendered,
    "artifact": json.load(open(path, encoding="utf-8")),
}))
`;

describe("the work that dbt is spared", () => {
  it("gives the same contexts, lines, texts and files", () => {
    const python = join(batonHome, "venv/bin/python");

    const output = execFileSync(python, ["-c", SCRIPT, join(projectRoot, "dbt")], { encoding: "utf8" });

    expect(JSON.parse(output)).toEqual({
      ...{ generated_methods: [0, true], read: [true, true, true] },
      ...{ of_partial_parse: [true, false, null] },
      ...{ parse: [true, true, true], written: ["at the end", "only after the parse"] },
      ...{
        namespaces: true,
        resource: [true, true],
        context: true,
        merged: { a: 2, b: 1, c: 4, dbt: { a: 3, c: 3 }, shop: { d: 4 }, target: "t" },
      },
      // None: the envelope of the shown event
      ...{ lines: ["info"], shown: "shown", parsed: ["shown", null, "kept"], kept: "kept!" },
      // created, read, created after a damaged file, without a folder, and for another version
      rendered: [2, 0, 2, 2, 2].map((count) => [["1!", "2!", "3?"], count]),
      artifact: { a: [1.5, null, "日本"] },
    });
  });
});
