"""PyMySQL's errors as Matinée's: which pass by themselves, and what the others mean."""

from __future__ import annotations

import ssl
import struct
from typing import TYPE_CHECKING

import pymysql

from engine.errors import NotAStore, StoreBusy, StoreError, StoreFailed, StoreReadOnly, StoreUnreachable
from engine.store.connection import Conflict

if TYPE_CHECKING:
    from engine.store.url import DatabaseUrl

_LOST = {
    0,  # InterfaceError(0, ''): the connection was closed under us
    1053,  # the server shuts down
    1158, 1159, 1160, 1161,  # the network failed while reading or writing
    1927,  # MariaDB: the connection was killed
    2006, 2013, 2014, 2055,  # gone away, lost during a query, out of step
    2027,  # an answer that makes no sense: what comes behind it would make none either
    4031,  # MySQL: cut off for being idle
}  # fmt: skip
_LOCKED = {1213, 1020, 1205}  # deadlock, snapshot conflict (MariaDB 11.6), lock wait timeout
_CONFLICT = {1022, 1048, 1062, 1216, 1217, 1264, 1265, 1366, 1406, 1451, 1452, 3819, 4025}
_REFUSED = {1044, 1045, 1130, 1142, 1227, 1251, 1410, 1524, 1698, 2054, 2059, 3118}
_NO_LOGIN = {1045, 1698}
_TOO_MANY = {1040, 1203, 1226}
_READ_ONLY = {1290, 1792, 1836}
_FULL = {1021, 1114}
_NO_TABLE = {1054, 1146}
_TLS = 2026
MALFORMED = (AssertionError, LookupError, UnicodeDecodeError, struct.error)
"""What PyMySQL falls over when an answer does not keep to the protocol."""
GARBLED = (*MALFORMED, ValueError, TypeError, AttributeError, UnboundLocalError)
"""And when a greeting does not: another service's port, or worse."""


class Lost(StoreError):
    """The connection is gone. `in_commit`: COMMIT had been sent, so the change may have been kept."""

    def __init__(self, message: str, *, in_commit: bool = False) -> None:
        super().__init__(message)
        self.in_commit = in_commit


class Locked(StoreError):
    """Another transaction was in the way; running the whole transaction again may work."""


def translated(error: Exception, url: DatabaseUrl, *, in_commit: bool = False) -> StoreError:
    """The typed error for a driver's error on an open connection."""
    code, detail = _parts(error)
    if code in _LOST or isinstance(error, OSError):
        return Lost(detail, in_commit=in_commit)
    if code in _LOCKED:
        return Locked(detail)
    if code in _CONFLICT:
        return Conflict(f"{url}: {detail}")
    if code in _READ_ONLY:
        return StoreReadOnly(f"{url} can't be written ({detail}). Use the server that takes writes, or ask its owner.")
    if code in _REFUSED:
        return StoreUnreachable(f"{url}: the server refused ({detail}). Ask for all rights on database {url.name!r}.")
    if code in _NO_TABLE:
        return NotAStore(f"{url} lacks a table or column ({detail}). Name another database, or an empty one.")
    if code in _FULL:
        return StoreFailed(f"the disk of the server of {url} is full ({detail}). Free some space there and try again.")
    return StoreFailed(f"{url}: the database reports: {detail or type(error).__name__} ({code}).")


def refused(error: Exception, url: DatabaseUrl) -> StoreError:
    """The typed error for a connection that could not be opened."""
    code, detail = _parts(error)
    if code in _NO_LOGIN:
        remedy = f"Check the user and the password in the URL, and that {url.user!r} may log in from this machine."
        return StoreUnreachable(f"the server refused user {url.user!r} at {url.host}:{url.port}. {remedy}")
    if code in _REFUSED:
        return StoreUnreachable(f"{url}: the server refused ({detail}). Check the user and its rights on {url.name!r}.")
    if code in _TOO_MANY:
        return StoreBusy(f"the server of {url} has no connection left ({detail}). Close other programs and try again.")
    if code == _TLS or "SSL" in detail or isinstance(error, ssl.SSLError):
        reason = _tls_reason(error) or detail
        return StoreUnreachable(f"{url}: no encrypted connection ({reason}). Check the ssl_ options of the URL.")
    if isinstance(error, RuntimeError):
        return StoreUnreachable(f'{url}: {detail}. Run `pip install "matinee[mysql-rsa]"`, or use TLS (ssl_ca=FILE).')
    return StoreUnreachable(
        f"no MySQL server answers at {url.host}:{url.port}. Start it, or check host and port in the URL; "
        "without --db and MATINEE_DB Matinée uses a file."
    )


def garbled(error: Exception, url: DatabaseUrl) -> StoreUnreachable:
    """The error for answers that make no sense."""
    return StoreUnreachable(
        f"what answers at {url.host}:{url.port} does not speak as a MySQL server does ({type(error).__name__}). "
        "Check host and port in the URL."
    )


def _tls_reason(error: Exception) -> str | None:
    """What is wrong with the server's certificate, without the words that PyMySQL and OpenSSL put around it."""
    cause = getattr(error, "original_exception", error)
    return cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else None


def unreachable(error: Lost, url: DatabaseUrl, *, outcome_unknown: bool) -> StoreUnreachable:
    """The error when reconnecting has failed; it says what became of the last change."""
    kept = (
        "It is not known whether the last change was kept: look at the history when the server is back."
        if outcome_unknown
        else "The last change was not kept."
    )
    return StoreUnreachable(f"the connection to {url} is lost. {kept} Check that the server runs, then try again.")


def busy(url: DatabaseUrl) -> StoreBusy:
    """The error when a lock was not given in time."""
    return StoreBusy(f"other programs are writing to {url} without a break (an import?). Try again when they are done.")


def _parts(error: Exception) -> tuple[int | None, str]:
    if isinstance(error, pymysql.Error) and error.args and isinstance(error.args[0], int):
        return error.args[0], str(error.args[1]) if len(error.args) > 1 else ""
    return None, str(error)
