"""Reuses one parse of the project in every run, whatever its business date, layer and schema prefix."""

import dataclasses
import io
import os
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, Optional

# Models read these vars when they are compiled, and schemas are set after the parse (schemas.py). Without this list,
# dbt would parse the project again whenever the value of a var differs.
RUN_VARS = (
    *("business_date", "run_id", "force", "without_history"),
    *("build_layer", "layer_schemas", "build_prefix", "schema_prefix"),
)
PARTIAL_PARSE_FILE = "partial_parse.msgpack"


def parse_vars(cli_vars: Dict[str, Any]) -> Dict[str, Any]:
    """The vars that can change the result of a parse."""
    return {name: value for name, value in cli_vars.items() if name not in RUN_VARS}


def ignore_run_vars_when_parsing() -> None:
    """Makes dbt reuse an earlier parse when only RUN_VARS and the connection differ. Call after dbt is imported.

    dbt parses again for another server or user, because templates can read them. No template of this project does, and
    an image is parsed without a server.
    """
    from dbt.parser.manifest import ManifestLoader

    build_state_check = ManifestLoader.build_manifest_state_check

    def build_state_check_without_run_vars(self: Any) -> Any:
        cli_vars = self.root_project.cli_vars
        credentials = self.root_project.credentials
        self.root_project.cli_vars = parse_vars(cli_vars)
        credentials.connection_info = lambda **_: ()
        try:
            return build_state_check(self)
        finally:
            self.root_project.cli_vars = cli_vars
            del credentials.connection_info

    ManifestLoader.build_manifest_state_check = build_state_check_without_run_vars


def use_parse_cache(folder: Path) -> None:
    """Makes dbt start from the parse in this folder and store a new one there. Call after dbt is imported.

    The folder may be read-only (an image contains the parse: `launcher.py parse`) or missing.
    dbt compares the checksums of all files with the parse and parses changed files again: an old parse only costs time.
    The parse is stored as Python's objects (pickle), which load faster than dbt's msgpack: the code that reads msgpack is
    generated at each start. Pickle is safe here, because the folder has the same owner as the code.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import ManifestLoader

    Manifest.to_msgpack = to_pickle
    Manifest.from_msgpack = from_pickle
    read = ManifestLoader.read_manifest_for_partial_parse
    write = ManifestLoader.write_manifest_for_partial_parse
    cached = folder / PARTIAL_PARSE_FILE

    def read_cached(self: Any) -> Any:
        in_target = Path(self.root_project.project_target_path) / PARTIAL_PARSE_FILE
        if cached.exists():
            in_target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached, in_target)
        return read(self)

    def write_and_cache(self: Any) -> Any:
        result = write(self)
        keep((Path(self.root_project.project_target_path) / PARTIAL_PARSE_FILE).read_bytes(), cached)
        return result

    ManifestLoader.read_manifest_for_partial_parse = read_cached
    ManifestLoader.write_manifest_for_partial_parse = write_and_cache


def to_pickle(manifest: Any, _encoder: Any) -> bytes:
    """The parsed project without what dbt does not store either: its indexes by name, and the state of a partial parse.

    Files are separate, because a partial parse removes entries from their YAML, which nodes also refer to.
    """
    manifest.source_patches = {}
    for file in manifest.files.values():
        if hasattr(file, "pp_dict"):
            file.pp_dict = file.pp_test_index = None
    lookups = [name for name in vars(manifest) if name.endswith("_lookup")]
    stored = dataclasses.replace(manifest, files={}, **dict.fromkeys(lookups))
    return b"".join(pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for part in (stored, manifest.files))


def from_pickle(data: bytes, decoder: Any) -> Any:
    stream = io.BytesIO(data)
    manifest = pickle.load(stream)
    manifest.files = pickle.load(stream)
    return manifest


def keep(data: bytes, cached: Path) -> None:
    """Writes a file of the cache in one step, because other runs may read it. Does nothing if it may not write."""
    part: Optional[str] = None
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=cached.parent)
        with open(handle, "wb") as file:
            file.write(data)
        # one user writes it into an image, another one reads it
        os.chmod(part, 0o644)
        os.replace(part, cached)
    except OSError:
        if part is not None and os.path.exists(part):
            os.unlink(part)
