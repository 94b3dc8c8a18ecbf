"""Where dbt may write: never the project, which is read-only in Lambda."""

import os
import tempfile
from pathlib import Path

PROJECT_DIRECTORY = Path(__file__).resolve().parent.parent


def set_writable_paths(environment: "os._Environ[str] | dict[str, str]") -> None:
    """Points dbt at this project and at directories that it can write.

    BATON_DBT_HOME names the writable directory; without it the project's own when it is writable (then dbt's
    defaults hold: `target` and `logs` in it), else one under the system's temporary directory.
    DBT_PROJECT_DIR, DBT_PROFILES_DIR, DBT_TARGET_PATH and DBT_LOG_PATH win where they are set already.
    """
    environment.setdefault("DBT_PROJECT_DIR", str(PROJECT_DIRECTORY))
    environment.setdefault("DBT_PROFILES_DIR", str(PROJECT_DIRECTORY))

    home = environment.get("BATON_DBT_HOME")
    if home is None and not os.access(PROJECT_DIRECTORY, os.W_OK):
        home = os.path.join(tempfile.gettempdir(), "baton-dbt")
    if home is not None:
        os.makedirs(home, exist_ok=True)
        environment.setdefault("DBT_TARGET_PATH", os.path.join(home, "target"))
        environment.setdefault("DBT_LOG_PATH", os.path.join(home, "logs"))

    # dbt asks for the home directory while it reads its options; in Lambda HOME is unset
    if not os.access(environment.get("HOME", ""), os.W_OK):
        environment["HOME"] = home or tempfile.gettempdir()
