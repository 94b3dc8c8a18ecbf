"""dbt-mysql's adapter with the session, TLS, cancelling and catalog that Baton needs."""

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Hashable, Iterable, Iterator, List, Optional, Set, Tuple, Union

import dbt.adapters.mysql
import mysql.connector
import pytz
from dbt.adapters.base import AdapterPlugin, BaseAdapter, available
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.events.logging import AdapterLogger
from dbt.adapters.exceptions import FailedToConnectError
from dbt.adapters.mysql.connections import MySQLConnectionManager, MySQLCredentials
from dbt.adapters.mysql.impl import MySQLAdapter as ReleasedMySQLAdapter
from dbt.include import mysql as mysql_macros
from dbt_common.exceptions import DbtDatabaseError

from baton_dbt.fence import require_attempt

logger = AdapterLogger("mysql")

CHARSET = "utf8mb4"
COLLATION = "utf8mb4_unicode_ci"
CONNECT_TIMEOUT_SECONDS = 10
LOCK_WAIT_SECONDS = 120
DEADLOCK_ATTEMPTS = 4

# The same on every server. NO_ZERO_DATE and NO_ZERO_IN_DATE are off, because staging has zero dates. MySQL cuts fractions of
# a second, as MariaDB does: rounded, a time could become the next day's. MariaDB skips this comment. The length of
# group_concat is MariaDB's default; the last four values are the defaults of both engines.
# With READ COMMITTED, `insert ... select` takes no locks on the rows that it reads.
SESSION_STATEMENTS = (
    f"set names {CHARSET} collate {COLLATION}",
    "set session"
    " sql_mode = concat('STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY' /*!80001 , ',TIME_TRUNCATE_FRACTIONAL' */),"
    " time_zone = '+00:00',"
    f" innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS},"
    f" lock_wait_timeout = {LOCK_WAIT_SECONDS},"
    " sql_big_selects = 1,"
    " group_concat_max_len = 1048576,"
    " sql_select_limit = 18446744073709551615,"
    " div_precision_increment = 4,"
    " default_week_format = 0,"
    " lc_time_names = 'en_US'",
    "set session transaction isolation level read committed",
)


@dataclass(init=False)
class BatonCredentials(MySQLCredentials):
    """The fields of the profile: those of dbt-mysql, `tls` (disabled or required) and the CA bundle `tls_ca`."""

    tls: str = "required"
    tls_ca: Optional[str] = None

    def _connection_keys(self) -> Tuple[str, ...]:
        # dbt parses the project again when one of these changes. Models are the same on every server.
        return ("schema", "tls")


def connection_arguments(credentials: BatonCredentials) -> Dict[str, Any]:
    """Arguments of `mysql.connector.connect`.

    Raises FailedToConnectError when `tls` is required without a CA bundle, or neither disabled nor required.
    """
    arguments: Dict[str, Any] = {
        "host": credentials.server,
        "port": credentials.port,
        "user": credentials.username,
        "password": credentials.password,
        "charset": CHARSET,
        "connection_timeout": CONNECT_TIMEOUT_SECONDS,
        "autocommit": True,
        "buffered": True,
        # the C extension crashes when one thread closes a connection that another one reads
        "use_pure": True,
    }
    # the next attempt finds the sessions of this one by their default schema
    if os.environ.get("BATON_DEFAULT_SCHEMA"):
        arguments["database"] = os.environ["BATON_DEFAULT_SCHEMA"]
    if credentials.tls == "disabled":
        # still TLS where the server offers it: caching_sha2_password accepts a first login only over TLS (error 2061)
        return arguments
    if credentials.tls != "required":
        raise FailedToConnectError(
            f"BATON_DATABASE_TLS is '{credentials.tls}', expected 'disabled' or 'required'"
        )
    if not credentials.tls_ca:
        raise FailedToConnectError(
            "BATON_DATABASE_TLS is 'required', but BATON_DATABASE_CA names no CA bundle"
        )
    return {
        **arguments,
        "ssl_ca": credentials.tls_ca,
        "ssl_verify_cert": True,
        "ssl_verify_identity": True,
    }


class BatonConnectionManager(MySQLConnectionManager):
    """Connections with fixed session settings. They are reused for several nodes and can be killed."""

    _cancelled = threading.Event()
    # threads whose connection is checked before its next node
    _failed: Set[Hashable] = set()

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        if connection.state == "open":
            return connection
        if cls._cancelled.is_set():
            connection.state = "fail"
            raise FailedToConnectError("the run was cancelled")
        try:
            handle = mysql.connector.connect(**connection_arguments(connection.credentials))
            # the connector asks the server before each statement; a lost connection fails at the statement itself
            handle.is_connected = lambda: True
            with handle.cursor() as cursor:
                for statement in SESSION_STATEMENTS:
                    cursor.execute(statement)
                require_attempt(cursor, os.environ)
        except mysql.connector.Error as error:
            connection.handle = None
            connection.state = "fail"
            raise FailedToConnectError(str(error)) from error
        except FailedToConnectError:
            connection.handle = None
            connection.state = "fail"
            raise
        connection.handle = handle
        connection.state = "open"
        return connection

    def add_query(self, *args: Any, **kwargs: Any) -> Any:
        """Repeats a statement after a deadlock: the server rolled it back, and it is a transaction of its own."""
        return super().add_query(
            *args,
            # of SQLSTATE 40, which is that of a deadlock (1213)
            retryable_exceptions=(mysql.connector.errors.InternalError,),
            retry_limit=DEADLOCK_ATTEMPTS,
            **kwargs,
        )

    @contextmanager
    def exception_handler(self, sql: str) -> Iterator[None]:
        try:
            with super().exception_handler(sql):
                try:
                    yield
                except mysql.connector.InterfaceError as error:
                    # a lost connection (2013), which dbt-mysql does not take for an error of the database
                    raise DbtDatabaseError(str(error).strip()) from error
        except Exception:
            self._failed.add(self.get_thread_identifier())
            raise

    def begin(self) -> Connection:
        """Does nothing, because sessions autocommit: a model is one insert, and DDL commits implicitly."""
        return self.get_thread_connection()

    def commit(self) -> Connection:
        return self.get_thread_connection()

    def release(self) -> None:
        """Keeps the connection of a thread for its next node; dbt would open a new one for each node."""
        if self.get_thread_identifier() not in self._failed:
            return
        self._failed.discard(self.get_thread_identifier())
        connection = self.get_if_exists()
        if connection is not None and connection.state == "open":
            handle = connection.handle
            if not type(handle).is_connected(handle):
                super().release()

    def cancel_open(self) -> List[str]:
        """Kills the connections of the other threads and returns their names."""
        type(self)._cancelled.set()
        own = self.get_if_exists()
        with self.lock:
            # check the state first: reading the handle of a closed connection opens it
            working = [
                connection
                for connection in self.thread_connections.values()
                if connection is not own and connection.state == ConnectionState.OPEN
            ]
            for connection in working:
                self.cancel(connection)
        return [str(connection.name) for connection in working]

    def cancel(self, connection: Connection) -> None:
        """Kills the connection on the server. Closing it here would not stop its statement there."""
        connection_id = connection.handle.connection_id
        logger.debug(f"Killing connection {connection_id} of '{connection.name}'")
        try:
            with mysql.connector.connect(**connection_arguments(connection.credentials)) as handle:
                with handle.cursor() as cursor:
                    cursor.execute(f"kill {int(connection_id)}")
        except mysql.connector.Error as error:
            # the connection or the server may be lost already; the others must still be killed
            logger.debug(f"Connection {connection_id} could not be killed: {error}")


def time_zone() -> str:
    return os.environ.get("BATON_TIME_ZONE", "Asia/Tokyo")


@lru_cache(maxsize=None)
def source_offsets(zone: str) -> List[Tuple[Optional[str], int]]:
    """Pairs of a UTC time, oldest first, and the minutes from UTC that apply before it; the last pair has no time.

    Only the changes within the range of TIMESTAMP, which begins in 1970, are listed.
    """
    timezone: Any = pytz.timezone(zone)
    changes = getattr(timezone, "_utc_transition_times", [])
    now = datetime.now()
    if not changes:
        return [(None, minutes_of(timezone.utcoffset(now)))]
    # the offset after each change; its first part is the total offset from UTC
    infos = [minutes_of(info[0]) for info in timezone._transition_info]
    pairs: List[Tuple[Optional[str], int]] = []
    for index, change in enumerate(changes):
        if change.year >= 1970 and index > 0:
            pairs.append((f"{change:%Y-%m-%d %H:%M:%S}", infos[index - 1]))
    return [*pairs, (None, infos[-1])]


def minutes_of(offset: Optional[timedelta]) -> int:
    return int((offset or timedelta()).total_seconds() // 60)


class MySQLAdapter(ReleasedMySQLAdapter):
    """The adapter, with the name of the released class, because dbt derives a module name from it."""

    ConnectionManager = BatonConnectionManager

    @available.parse_list
    def utc_offsets(self) -> List[Tuple[Optional[str], int]]:
        """The offsets of the source's time zone: see `source_offsets`."""
        return source_offsets(time_zone())

    @available.parse_none
    def start_of_day(self, day: Union[str, date]) -> str:
        """The first instant of a day (YYYY-MM-DD, which YAML may read as a date) in the source's time zone, as UTC (YYYY-MM-DD HH:MM:SS)."""
        zone: Any = pytz.timezone(time_zone())
        midnight = datetime.strptime(str(day), "%Y-%m-%d")
        # clocks can show midnight twice, or skip it
        starts = [zone.normalize(zone.localize(midnight, is_dst=is_dst)) for is_dst in (True, False)]
        start = next(found for found in starts if found.date() == midnight.date())
        return f"{start.astimezone(pytz.utc):%Y-%m-%d %H:%M:%S}"

    def list_relations_without_caching(self, schema_relation: Any) -> List[Any]:
        """The tables and views of a schema. dbt-mysql takes any error for an empty schema, in which a history would begin anew."""
        rows = self.execute_macro("list_relations_without_caching", kwargs={"schema_relation": schema_relation})
        return [self.Relation.create(schema=schema, identifier=name, type=kind) for _, name, schema, kind in rows]

    def get_columns_in_relation(self, relation: Any) -> List[Any]:
        """The columns of a table; none when it does not exist, as dbt's own adapters answer."""
        try:
            return super().get_columns_in_relation(relation)  # type: ignore[no-any-return]
        except DbtDatabaseError as error:
            if "1146 (42S02)" not in str(error):
                raise
            return []

    def get_rows_different_sql(self, *args: Any, **kwargs: Any) -> str:
        """dbt's query with EXCEPT; that of dbt-mysql finds two rows with NULL different."""
        return BaseAdapter.get_rows_different_sql(self, *args, **kwargs)

    def get_catalog(  # type: ignore[override]
        self, relation_configs: Iterable[Any], used_schemas: FrozenSet[Tuple[str, str]]
    ) -> Tuple[Any, List[Exception]]:
        """The columns of all tables in the project's schemas, by the project's macro `mysql__get_catalog`."""
        schemas = sorted({schema for _, schema in used_schemas}) or [""]
        with self.connection_named("catalog"):
            table = self.execute_macro(
                "get_catalog",
                kwargs={"information_schema": "information_schema", "schemas": schemas},
            )
        return table, []


def use_baton_adapter() -> None:
    """Registers this adapter for `type: mysql` of a profile. Call after `restore_moved_modules`."""
    dbt.adapters.mysql.Plugin = AdapterPlugin(
        adapter=MySQLAdapter,  # type: ignore[arg-type]
        credentials=BatonCredentials,
        include_path=mysql_macros.PACKAGE_PATH,
    )
