"""Where the store lies, as a URL; the password is shown by `reveal()` alone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from engine.errors import BadUrl
from engine.paths import default_database

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

ENVIRONMENT = "MATINEE_DB"
PASSWORD = "MATINEE_DB_PASSWORD"
DEFAULT_PORT = 3306
DEFAULT_TIMEOUT = 10.0
_FORMS = "sqlite:///file or mysql://user@host:port/name"
_TEXT_OPTIONS = ("ssl_ca", "ssl_cert", "ssl_key")
_FLAG_OPTIONS = ("ssl_verify_cert", "ssl_verify_identity", "ssl_disabled")
_PASSWORD_OPTIONS = ("password_file", "cleartext_password")
_LONGEST_PASSWORD = 4096
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A parsed URL. `str()` and `repr()` show *** for the password, so a URL may be logged as it is."""

    engine: Literal["sqlite", "mysql"]
    path: Path = Path()
    """SQLite: the file, absolute."""
    host: str = ""
    port: int = DEFAULT_PORT
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = ""
    """MySQL: the database on the server."""
    tls: tuple[tuple[str, str | bool], ...] = ()
    """MySQL: ssl_ca, ssl_cert, ssl_key, ssl_verify_cert, ssl_verify_identity, ssl_disabled, as PyMySQL calls them."""
    password_file: str = ""
    """MySQL: where `resolve_url` finds the password."""
    cleartext_password: bool = False
    """MySQL: whether a server that has proved who it is may ask for the password itself, as PAM and LDAP do."""
    timeout: float = DEFAULT_TIMEOUT
    """Seconds to wait for another program's lock."""

    @classmethod
    def parse(cls, text: str) -> DatabaseUrl:
        """Read a URL; raises BadUrl, whose message never repeats what may hold a password."""
        scheme, separator, rest = text.strip().partition("://")
        if scheme == "sqlite" and separator:
            return _parse_sqlite(rest)
        if scheme == "mysql" and separator:
            return _parse_mysql(text.strip())
        hint = "" if separator or not text.strip() else " A file is named with sqlite:/// in front."
        raise BadUrl(f"the database URL does not begin with sqlite:/// or mysql://. Write {_FORMS}.{hint}")

    def reveal(self) -> str:
        """The full URL, password included: to hand it to a child process, never to show it."""
        return self._text(quote(self.password, safe=""))

    @property
    def verifies(self) -> bool:
        """Whether the server must prove by a certificate who it is."""
        return any(dict(self.tls).get(key) for key in ("ssl_ca", "ssl_verify_cert", "ssl_verify_identity"))

    def __str__(self) -> str:
        return self._text("***")

    def __repr__(self) -> str:
        return f"DatabaseUrl({str(self)!r})"

    def _text(self, password: str) -> str:
        options = "".join(f"&{key}={_option_text(value)}" for key, value in self.tls)
        if self.password_file:
            options += f"&password_file={_option_text(self.password_file)}"
        if self.cleartext_password:
            options += "&cleartext_password=true"
        if self.timeout != DEFAULT_TIMEOUT:
            options += f"&timeout={self.timeout:g}"
        query = "?" + options[1:] if options else ""
        if self.engine == "sqlite":
            return f"sqlite:///{self.path}{query}"
        login = quote(self.user, safe="") + (f":{password}" if self.password else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mysql://{login}@{host}:{self.port}/{quote(self.name, safe='')}{query}"


def resolve_url(url: str | DatabaseUrl | None) -> DatabaseUrl:
    """The URL given, or that of MATINEE_DB, or the file in the user's data folder; with its password.

    A password need not stand in the URL, where a list of the running programs shows it: without one, that of the file
    `password_file` counts, then that of MATINEE_DB_PASSWORD.
    """
    if isinstance(url, DatabaseUrl):
        return _with_password(url)
    text = url or os.environ.get(ENVIRONMENT, "")
    return _with_password(DatabaseUrl.parse(text)) if text else DatabaseUrl("sqlite", path=default_database())


def _with_password(url: DatabaseUrl) -> DatabaseUrl:
    if url.engine == "sqlite" or url.password:
        return url
    if url.password_file:
        return replace(url, password=_password_in(url.password_file), password_file="")
    password = os.environ.get(PASSWORD, "")
    return replace(url, password=password) if password else url


def _password_in(path: str) -> str:
    """The first line of a file."""
    try:
        with Path(path).expanduser().open(encoding="utf-8") as file:
            password = file.readline(_LONGEST_PASSWORD).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadUrl(f"can't read the password file {path}: {reason}. Check password_file in the URL.") from error
    if not password:
        raise BadUrl(f"the password file {path} is empty. Write the password into its first line.")
    return password


def _parse_sqlite(rest: str) -> DatabaseUrl:
    location, _, query = rest.partition("?")
    if not location.startswith("/") or location in ("/", "//", "/:memory:"):
        raise BadUrl(f"sqlite://{location} names no file. Write sqlite:///file, or sqlite:////absolute/file.")
    options = _options(query, allowed=("timeout",))
    return DatabaseUrl("sqlite", path=Path(location[1:]).expanduser().absolute(), timeout=_timeout(options))


def _parse_mysql(text: str) -> DatabaseUrl:
    parts = _split(text)
    options = _options(parts.query, allowed=(*_TEXT_OPTIONS, *_FLAG_OPTIONS, *_PASSWORD_OPTIONS, "timeout"))
    name = unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not parts.username:
        raise BadUrl("the mysql URL names no user or no host. Write mysql://user@host:port/name.")
    if not name:
        raise BadUrl("the mysql URL names no database. Write mysql://user@host:port/name.")
    if len(name) > 64 or any(character in name for character in "/`\\\0"):
        raise BadUrl(
            "the name of the database in the mysql URL is over 64 characters long or holds / ` \\. Use another."
        )
    return _checked(
        DatabaseUrl(
            "mysql",
            host=parts.hostname,
            port=parts.port or DEFAULT_PORT,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            name=name,
            tls=_tls(options),
            password_file=options.get("password_file", ""),
            cleartext_password=_flag("cleartext_password", options.get("cleartext_password", "false")),
            timeout=_timeout(options),
        )
    )


def _checked(url: DatabaseUrl) -> DatabaseUrl:
    """Refuse options that contradict each other: whichever of them counted, the other would be broken in silence."""
    given = dict(url.tls)
    unchecked = given.get("ssl_verify_cert") is False
    contradictions = (
        (
            given.get("ssl_disabled") and len(given) > 1,
            "ssl_disabled=true asks for no TLS, the other ssl_ options for it",
        ),
        (
            unchecked and given.get("ssl_ca"),
            "ssl_ca asks to check the server's certificate, ssl_verify_cert=false not to",
        ),
        (unchecked and given.get("ssl_verify_identity"), "ssl_verify_identity=true needs ssl_verify_cert"),
        ("ssl_key" in given and "ssl_cert" not in given, "ssl_key is of no use without ssl_cert"),
        (url.password and url.password_file, "there is a password and a password_file"),
        (
            url.cleartext_password and not url.verifies,
            "cleartext_password=true needs ssl_ca or ssl_verify_identity=true",
        ),
    )
    for contradicts, reason in contradictions:
        if contradicts:
            raise BadUrl(f"the options of the mysql URL contradict each other: {reason}. Leave one of them out.")
    return url


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here, because only reading it checks it
    except ValueError:
        raise BadUrl(
            "the mysql URL has a host or port that can't be read. Write mysql://user:password@host:port/name, "
            "with @ : / ? # % in the password as %40 %3A %2F %3F %23 %25."
        ) from None
    return parts


def _options(query: str, allowed: tuple[str, ...]) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = [key for key in options if key not in allowed]
    if unknown:
        raise BadUrl(f"unknown option {unknown[0]!r} in the database URL. Known: {', '.join(allowed)}.")
    return options


def _tls(options: Mapping[str, str]) -> tuple[tuple[str, str | bool], ...]:
    texts: list[tuple[str, str | bool]] = [(key, options[key]) for key in _TEXT_OPTIONS if key in options]
    flags: list[tuple[str, str | bool]] = [(key, _flag(key, options[key])) for key in _FLAG_OPTIONS if key in options]
    return tuple(texts + flags)


def _flag(key: str, text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise BadUrl(f"option {key} of the database URL is true or false, not {text!r}.")
    return _FLAGS[text.lower()]


def _timeout(options: Mapping[str, str]) -> float:
    text = options.get("timeout", str(DEFAULT_TIMEOUT))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise BadUrl(f"option timeout of the database URL is a number of seconds up to 3600, not {text!r}.")
    return seconds


def _option_text(value: str | bool) -> str:
    return quote(value, safe="/") if isinstance(value, str) else str(value).lower()
