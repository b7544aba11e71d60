"""Opening a connection to a server, and making its database when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymysql
from pymysql.constants import ER

from engine.errors import StoreUnreachable
from engine.store import mysql_errors, mysql_password, mysql_tls

if TYPE_CHECKING:
    from pymysql.cursors import Cursor

    from engine.store.url import DatabaseUrl

_CONNECT_TIMEOUT = 5
"""Seconds for each answer until the connection is set up."""
ANSWER = 10
"""Seconds for one answer: milliseconds for a rating or a list, after a wait for a lock of at most `_LOCK_WAIT`."""
LONG_ANSWER = 60
"""The same within an import, the making of a database, or a count over all ratings."""
_LOCK_WAIT = 5


def connect(url: DatabaseUrl, *, create: bool) -> pymysql.Connection[Cursor]:
    """A connection that is set up for the store; raises typed errors only."""
    try:
        return _connect(url, create=create)
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise mysql_errors.refused(error, url) from error
    except mysql_errors.GARBLED as error:
        raise mysql_errors.garbled(error, url) from error


def _connect(url: DatabaseUrl, *, create: bool) -> pymysql.Connection[Cursor]:
    try:
        link = _dial(url, url.name)
    except pymysql.Error as error:
        if error.args[:1] != (ER.BAD_DB_ERROR,):
            raise
        if not create:
            raise StoreUnreachable(
                f"there is no database {url.name!r} on the server of {url}. Start `matinee` once to make it."
            ) from error
        _create(url)
        link = _dial(url, url.name)
    _set_up(link, url)
    return link


def _dial(url: DatabaseUrl, database: str | None) -> pymysql.Connection[Cursor]:
    return mysql_password.WaryConnection(
        host=url.host,
        port=url.port,
        user=url.user,
        password=url.password.encode(),  # PyMySQL would send a str as latin-1
        database=database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_CONNECT_TIMEOUT,  # for the greeting: connect_timeout ends when the port is open
        write_timeout=_CONNECT_TIMEOUT,
        auth_plugin_map=mysql_password.handlers(url),
        **mysql_tls.arguments(url),
    )


def wait_up_to(link: pymysql.Connection[Cursor], seconds: float) -> None:
    """Let each answer take so long; PyMySQL has no public way to change that on an open connection."""
    link._read_timeout = link._write_timeout = seconds  # type: ignore[attr-defined]


def _create(url: DatabaseUrl) -> None:
    link = _dial(url, None)
    wait_up_to(link, LONG_ANSWER)
    name = url.name.replace("`", "``")
    try:
        link.cursor().execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    finally:
        link.close()


def _set_up(link: pymysql.Connection[Cursor], url: DatabaseUrl) -> None:
    cursor = link.cursor()
    cursor.execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin")
    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    # Strict whatever the server's default is: a value that does not fit is an error, never another value.
    cursor.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'")
    # Tables made by an engine without transactions (a server may have one as its default) would lose what is promised.
    cursor.execute("SET SESSION default_storage_engine = InnoDB")
    lock_wait = max(1, min(_LOCK_WAIT, round(url.timeout / 2)))  # a try that timed out is repeated within url.timeout
    cursor.execute(
        "SET SESSION innodb_lock_wait_timeout = %s, group_concat_max_len = 4194304, foreign_key_checks = 1",
        (lock_wait,),
    )
