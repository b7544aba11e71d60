"""What a server may ask of a password: a proof that the client knows it, and hardly ever the password itself.

A server chooses how a client logs in, and PyMySQL does whatever it says. Whoever takes the server's place could so ask
for the password in clear text. Here it is given to a server in these cases only:

- `mysql_clear_password` and `dialog` (PAM, LDAP): with `cleartext_password=true`, after the server has proved by its
  certificate who it is.
- `caching_sha2_password` and `sha256_password` (MySQL 8 and 9, at the first login after the server's start): where the
  URL has an ssl_ option, so that somebody has decided what to rely on, or the server is on this machine.
"""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NoReturn

import pymysql
from pymysql import _auth  # private, and the only place of this exchange

from engine.errors import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymysql.cursors import Cursor

    from engine.store.url import DatabaseUrl

    _Connection = pymysql.connections.Connection[Cursor]
else:
    _Connection = pymysql.connections.Connection  # generic for type checkers alone

_FULL_LOGIN = b"\x01\x04"
"""caching_sha2_password: the server does not remember the password's hash and wants the password."""
_SHA256 = "sha256_password"


class WaryConnection(_Connection):
    """PyMySQL's connection, except that it asks the handlers first where it would send the password unasked."""

    def _request_authentication(self) -> None:
        plugin = self._auth_plugin_name  # type: ignore[attr-defined]
        handler = self._get_auth_plugin_handler(plugin)  # type: ignore[attr-defined]
        if plugin == _SHA256 and handler:
            handler.authenticate(None)
        super()._request_authentication()  # type: ignore[misc]


def handlers(url: DatabaseUrl) -> dict[str, Callable[[Any], object]]:
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
        raise _kept(self._url, self._plugin)


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
            raise _kept(self._url, "caching_sha2_password")
        return _auth.caching_sha2_password_auth(link, packet)


def _kept(url: DatabaseUrl, plugin: str) -> StoreUnreachable:
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
