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
_ANSWER_TIMEOUT = 60
"""Seconds for one answer. The slowest statement, a batch of an import, takes about a second."""


def connect(url: DatabaseUrl, *, create: bool) -> pymysql.Connection[Cursor]:
    """A connection that is set up for the store; raises typed errors only."""
    try:
        return _connect(url, create=create)
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise mysql_errors.refused(error, url) from error


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
    link = mysql_password.WaryConnection(
        host=url.host,
        port=url.port,
        user=url.user,
        password=url.password.encode(),  # PyMySQL would send a str as latin-1
        database=database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_CONNECT_TIMEOUT,  # for the greeting: connect_timeout ends when the port is open
        write_timeout=_ANSWER_TIMEOUT,
        auth_plugin_map=mysql_password.handlers(url),
        **mysql_tls.arguments(url),
    )
    link._read_timeout = _ANSWER_TIMEOUT  # type: ignore[attr-defined]
    return link


def _create(url: DatabaseUrl) -> None:
    link = _dial(url, None)
    try:
        link.cursor().execute(f"CREATE DATABASE IF NOT EXISTS `{url.name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
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
    cursor.execute(
        "SET SESSION innodb_lock_wait_timeout = %s, group_concat_max_len = 4194304, foreign_key_checks = 1",
        (max(1, round(url.timeout / 2)),),  # so that a try that timed out can be repeated within url.timeout
    )
