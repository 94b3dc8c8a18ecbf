"""Sets the folders that dbt writes to. In Lambda the project is read-only."""

import os
import tempfile
from pathlib import Path

PROJECT_DIRECTORY = Path(__file__).resolve().parent.parent


def set_writable_paths(environment: "os._Environ[str] | dict[str, str]") -> None:
    """Sets dbt's variables for this project and for directories that it can write to.

    BATON_DBT_HOME is the writable directory. Its default is the project's directory when it is writable (with dbt's
    defaults `target` and `logs` in it), else a directory in the system's temporary directory.
    DBT_PROJECT_DIR, DBT_PROFILES_DIR, DBT_TARGET_PATH and DBT_LOG_PATH have priority when they are set.
    """
    environment.setdefault("DBT_PROJECT_DIR", str(PROJECT_DIRECTORY))
    environment.setdefault("DBT_PROFILES_DIR", str(PROJECT_DIRECTORY))
    # plain `dbt` lacks it (dbt_project.yml)
    environment["BATON_DBT_PROFILE"] = "baton"

    home = environment.get("BATON_DBT_HOME")
    if home is None and not os.access(PROJECT_DIRECTORY, os.W_OK):
        home = os.path.join(tempfile.gettempdir(), "baton-dbt")
    if home is not None:
        os.makedirs(home, exist_ok=True)
        environment.setdefault("DBT_TARGET_PATH", os.path.join(home, "target"))
        environment.setdefault("DBT_LOG_PATH", os.path.join(home, "logs"))

    # dbt reads the home directory when it parses its options; in Lambda HOME is not set
    if not os.access(environment.get("HOME", ""), os.W_OK):
        environment["HOME"] = home or tempfile.gettempdir()
