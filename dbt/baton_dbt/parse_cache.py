"""Keeps what dbt parsed from run to run, whatever the day."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, Optional

# They reach models when these are compiled, never when the project is parsed: names of schemas, tags and
# dependencies do not hang on them. dbt itself would parse anew whenever any var differs.
RUN_VARS = ("business_date", "run_id", "force")
PARTIAL_PARSE_FILE = "partial_parse.msgpack"


def parse_vars(cli_vars: Dict[str, Any]) -> Dict[str, Any]:
    """The vars on which parsing can hang."""
    return {name: value for name, value in cli_vars.items() if name not in RUN_VARS}


def cached_parse(folder: Path, cli_vars: Dict[str, Any]) -> Path:
    """The cache's file for these vars: each layer and prefix has its own, for its schemas stand in it."""
    key = json.dumps(parse_vars(cli_vars), sort_keys=True, default=str)
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.msgpack"


def ignore_run_vars_when_parsing() -> None:
    """Lets dbt take up an earlier parse when only RUN_VARS and the connection differ. Call after dbt is imported.

    dbt parses anew for another server or user, because templates could read them; none of this project does, and an
    image is parsed where no server is.
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
    """Makes dbt begin with the cached parse and keep a new one. Call after dbt is imported.

    The folder may be read-only (baked into an image by `launcher.py parse`), or missing.
    dbt holds every file's checksum against it and parses what differs, so that an old one is only slower.
    """
    from dbt.parser.manifest import ManifestLoader

    read = ManifestLoader.read_manifest_for_partial_parse
    write = ManifestLoader.write_manifest_for_partial_parse

    def read_cached(self: Any) -> Any:
        cached = cached_parse(folder, self.root_project.cli_vars)
        in_target = Path(self.root_project.project_target_path) / PARTIAL_PARSE_FILE
        if cached.exists():
            in_target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached, in_target)
        return read(self)

    def write_and_cache(self: Any) -> Any:
        result = write(self)
        in_target = Path(self.root_project.project_target_path) / PARTIAL_PARSE_FILE
        keep(in_target, cached_parse(folder, self.root_project.cli_vars))
        return result

    ManifestLoader.read_manifest_for_partial_parse = read_cached
    ManifestLoader.write_manifest_for_partial_parse = write_and_cache


def keep(file: Path, cached: Path) -> None:
    """Copies a parse into the cache in one step, for other runs may be reading; skipped where that is not allowed."""
    part: Optional[str] = None
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=cached.parent)
        os.close(handle)
        shutil.copyfile(file, part)
        # baked into an image by one user, read by another
        os.chmod(part, 0o644)
        os.replace(part, cached)
    except OSError:
        if part is not None and os.path.exists(part):
            os.unlink(part)
