"""What dbt's adapter tests need: Baton's patches of dbt-mysql, and the server under test."""

import os

import mysql.connector
import pytest

from baton_dbt.moved_modules import restore_moved_modules
from baton_dbt.thread_locks import use_thread_locks

use_thread_locks()
restore_moved_modules()

from baton_dbt.mysql_adapter import use_baton_adapter  # noqa: E402

use_baton_adapter()

pytest_plugins = ["dbt.tests.fixtures.project"]


@pytest.fixture(scope="session", autouse=True)
def default_schema():
    """The default schema of the sessions: dbt-mysql creates temporary tables without naming a schema."""
    with mysql.connector.connect(
        host=os.environ["AURORA_ENDPOINT"],
        port=int(os.environ["AURORA_PORT"]),
        user=os.environ["AURORA_USER"],
        password=os.environ["AURORA_PASSWORD"],
        use_pure=True,
    ) as connection, connection.cursor() as cursor:
        cursor.execute("create database if not exists baton_adapter_tests")
        os.environ["BATON_DEFAULT_SCHEMA"] = "baton_adapter_tests"
        yield
        cursor.execute("drop database baton_adapter_tests")


@pytest.fixture(scope="class")
def dbt_profile_target():
    return {
        "type": "mysql",
        "threads": 4,
        "host": os.environ["AURORA_ENDPOINT"],
        "port": int(os.environ["AURORA_PORT"]),
        "user": os.environ["AURORA_USER"],
        "password": os.environ["AURORA_PASSWORD"],
        "tls": "disabled",
    }


def pytest_collection_modifyitems(items):
    for item in items:
        for name, reason in item.module.SKIPS.items():
            if name in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=reason))
