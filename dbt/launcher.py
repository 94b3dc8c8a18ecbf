"""Runs dbt: same arguments as `dbt`, for this project, against MariaDB or Aurora MySQL.

Examples:
    python dbt/launcher.py build --select tag:silver --exclude-resource-type unit_test --vars '{...}'
    python dbt/launcher.py test --select test_type:unit --vars '{...}'
"""

import sys

from baton_dbt.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
