"""Opening a connection to a server: with the TLS that is asked for, a password that is kept, and a database if none is.

A server chooses how a client logs in, and PyMySQL does whatever it says. Whoever takes the server's place could so ask
for the password in clear text. Here it is given to a server in these cases only:

- `mysql_clear_password` and `dialog` (PAM, LDAP): with `cleartext_password=true`, after the server has proved by its
  certificate who it is.
- `caching_sha2_password` and `sha256_password` (MySQL 8 and 9, at the first login after the server's start): where the
  URL has an ssl_ option, so that somebody has decided what to rely on, or the server is on this machine.
"""

from __future__ import annotations

import ssl
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NoReturn

import pymysql
from pymysql import _auth  # private, and the only place of this exchange
from pymysql.constants import ER

from engine.errors import StoreAbsent, StoreUnreachable
from engine.store import mysql_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymysql.cursors import Cursor

    from engine.store.connection import Waits
    from engine.store.url import DatabaseUrl

    _Connection = pymysql.connections.Connection[Cursor]
else:
    _Connection = pymysql.connections.Connection  # generic for type checkers alone

_FULL_LOGIN = b"\x01\x04"
"""caching_sha2_password: the server does not remember the password's hash and wants the password."""
_SHA256 = "sha256_password"
_LOCK_WAIT = 5
"""Seconds that a server waits for a lock, at most."""


def connect(url: DatabaseUrl, waits: Waits, *, create: bool) -> pymysql.Connection[Cursor]:
    """A connection that is set up for the store; raises typed errors only."""
    try:
        return _connect(url, waits, create=create)
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise mysql_errors.refused(error, url) from error
    except mysql_errors.GARBLED as error:
        raise mysql_errors.garbled(error, url) from error


def _connect(url: DatabaseUrl, waits: Waits, *, create: bool) -> pymysql.Connection[Cursor]:
    try:
        link = _dial(url, url.name, waits)
    except pymysql.Error as error:
        if error.args[:1] != (ER.BAD_DB_ERROR,):
            raise
        if not create:
            raise StoreAbsent(
                f"there is no database {url.name!r} on the server of {url}. Start `matinee` once to make it."
            ) from error
        _create(url, waits)
        link = _dial(url, url.name, waits)
    _set_up(link, url)
    return link


def _dial(url: DatabaseUrl, database: str | None, waits: Waits) -> pymysql.Connection[Cursor]:
    return _WaryConnection(
        host=url.host,
        port=url.port,
        user=url.user,
        password=url.password.encode(),  # PyMySQL would send a str as latin-1
        database=database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=waits.connect,
        read_timeout=waits.connect,  # for the greeting: connect_timeout ends when the port is open
        write_timeout=waits.connect,
        auth_plugin_map=_handlers(url),
        **_tls_arguments(url),
    )


def wait_up_to(link: pymysql.Connection[Cursor], seconds: float) -> None:
    """Let each answer take so long; PyMySQL has no public way to change that on an open connection."""
    link._read_timeout = link._write_timeout = seconds  # type: ignore[attr-defined]


def _create(url: DatabaseUrl, waits: Waits) -> None:
    link = _dial(url, None, waits)
    wait_up_to(link, waits.long_answer)
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


class _WaryConnection(_Connection):
    """PyMySQL's connection, except that it asks the handlers first where it would send the password unasked."""

    def _request_authentication(self) -> None:
        plugin = self._auth_plugin_name  # type: ignore[attr-defined]
        handler = self._get_auth_plugin_handler(plugin)  # type: ignore[attr-defined]
        if plugin == _SHA256 and handler:
            handler.authenticate(None)
        super()._request_authentication()  # type: ignore[misc]


def _handlers(url: DatabaseUrl) -> dict[str, Callable[[Any], object]]:
    """The ways to log in that are not left to PyMySQL, for its `auth_plugin_map`."""
    refused = ["mysql_old_password"]  # a hash that a desktop computer undoes
    if not (url.cleartext_password and url.verifies):
        refused += ["mysql_clear_password", "dialog"]
    proof_only: dict[str, Callable[[Any], object]] = {}
    if not url.tls and not _is_here(url.host):
        refused += [_SHA256]
        proof_only = {"caching_sha2_password": partial(_ProofOnly, url)}
    return {name: partial(_Refused, url, name) for name in refused} | proof_only


class _Refused:
    def __init__(self, url: DatabaseUrl, plugin: str, link: object) -> None:
        self._url = url
        self._plugin = plugin

    def authenticate(self, packet: object) -> NoReturn:
        raise _password_kept(self._url, self._plugin)


class _ProofOnly:
    """caching_sha2_password up to the point where the password itself is asked for."""

    def __init__(self, url: DatabaseUrl, link: Any) -> None:
        self._url = url
        self._link = link

    def authenticate(self, packet: Any) -> object:
        link = self._link
        if link.password and packet.is_auth_switch_request():
            link.salt = packet.read_all().removesuffix(b"\0")
            link.write_packet(_auth.scramble_caching_sha2(link.password, link.salt))
            packet = link._read_packet()
        if packet.get_all_data() == _FULL_LOGIN:
            raise _password_kept(self._url, "caching_sha2_password")
        return _auth.caching_sha2_password_auth(link, packet)


def _password_kept(url: DatabaseUrl, plugin: str) -> StoreUnreachable:
    remedy = "Ask for another way to log in (mysql_native_password, caching_sha2_password, ed25519)."
    if plugin in ("caching_sha2_password", _SHA256):
        remedy = "Add ssl_ca=FILE to the URL, or ssl_verify_cert=false where the network can be trusted."
    elif plugin != "mysql_old_password":
        remedy = "If it is meant to, add ssl_ca=FILE&cleartext_password=true to the URL."
    return StoreUnreachable(
        f"the server of {url} asks for the password itself ({plugin}), and may be anybody: it was not sent. {remedy}"
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _tls_arguments(url: DatabaseUrl) -> dict[str, Any]:
    """What PyMySQL is told: no TLS, TLS as the URL says, or, without an ssl_ option, TLS if the server has it.

    PyMySQL's own reading of the options is not used: it takes some of them (`ssl_verify_cert=false` alone) for none.
    """
    if dict(url.tls).get("ssl_disabled"):
        return {"ssl_disabled": True}
    return {"ssl": _tls_context(url)} if url.tls else {}


def _tls_context(url: DatabaseUrl) -> ssl.SSLContext:
    asked: dict[str, Any] = dict(url.tls)
    try:
        context = ssl.create_default_context(cafile=asked.get("ssl_ca"))
        if "ssl_cert" in asked:
            context.load_cert_chain(asked["ssl_cert"], asked.get("ssl_key"))
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        files = ", ".join(str(asked[key]) for key in ("ssl_ca", "ssl_cert", "ssl_key") if key in asked)
        reason = getattr(error, "strerror", None) or error
        raise StoreUnreachable(
            f"{url}: can't read the certificates in {files} ({reason}). Check the ssl_ options of the URL."
        ) from error
    # A certificate of any other host, by an authority that certifies many, would do without the check of the name.
    context.check_hostname = url.verifies and asked.get("ssl_verify_identity", True)
    context.verify_mode = ssl.CERT_REQUIRED if url.verifies else ssl.CERT_NONE
    # Python 3.13 turns this on, and the certificates that servers make for themselves do not pass it.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
