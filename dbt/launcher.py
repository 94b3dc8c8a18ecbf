"""Runs dbt: same arguments as `dbt`, for this project, against MariaDB or Aurora MySQL.

Examples:
    python dbt/launcher.py build --select tag:silver --exclude-resource-type unit_test --vars '{...}'
    python dbt/launcher.py test --select test_type:unit --vars '{...}'
"""

import os
import sys

from baton_dbt.main import main

if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # the end of the process frees its memory faster than Python does
    os._exit(code)
