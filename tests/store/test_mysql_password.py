"""Whoever takes the server's place does not get the password; nor does who lists the running programs."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import BadUrl, StoreError, StoreUnreachable
from engine.store import DatabaseUrl, open_store, resolve_url
from tests.store import certificates
from tests.store.rogue import Rogue, switch_to

PASSWORD = "s3cret-and-long"
ASK_FOR_IT = b"\x04Password: "
"""The question of the plugin `dialog`: no echo, exactly this prompt."""
FULL_LOGIN = b"\x01\x04"


def visit(rogue: Rogue, options: str = "", host: str = "127.0.0.1") -> StoreError:
    """Try to open a store at the rogue's; returns what is said."""
    with closing(rogue), pytest.raises(StoreError) as caught:
        open_store(f"mysql://ana:{PASSWORD}@{host}:{rogue.port}/films{options}")
    assert PASSWORD not in str(caught.value)
    return caught.value


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """What a server makes up that wants to look encrypted."""
    made = certificates.make(tmp_path, host="DNS:anybody")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.file, made.key)
    return context


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    ("plugin", "answers"),
    [
        ("mysql_native_password", [switch_to("mysql_clear_password")]),
        ("mysql_native_password", [switch_to("dialog", ASK_FOR_IT)]),
        ("mysql_clear_password", [b"\x01"]),
        ("dialog", [b"\x01" + ASK_FOR_IT]),
    ],
)
def test_a_server_that_asks_for_the_password_in_clear_text_does_not_get_it(
    tls: ssl.SSLContext, plugin: str, answers: Sequence[bytes], encrypted: bool
) -> None:
    rogue = Rogue(plugin, answers, tls if encrypted else None)
    error = visit(rogue)
    assert PASSWORD.encode() not in rogue.heard
    assert isinstance(error, StoreUnreachable)
    assert "asks for the password itself" in str(error)
    assert "add ssl_ca=FILE&cleartext_password=true" in str(error)


def test_nor_where_the_encryption_is_vouched_for_by_nobody(tls: ssl.SSLContext) -> None:
    rogue = Rogue("mysql_native_password", [switch_to("mysql_clear_password")], tls)
    assert "asks for the password itself" in str(visit(rogue, "?ssl_verify_cert=false"))
    assert PASSWORD.encode() not in rogue.heard


def test_a_hash_of_the_nineties_is_not_sent() -> None:
    rogue = Rogue("mysql_native_password", [switch_to("mysql_old_password")])
    assert "mysql_old_password" in str(visit(rogue, "?ssl_disabled=true"))


@pytest.mark.parametrize(
    ("plugin", "answers"),
    [
        ("caching_sha2_password", [FULL_LOGIN]),
        ("mysql_native_password", [switch_to("caching_sha2_password"), FULL_LOGIN]),
        ("sha256_password", [b"\x01"]),
        ("mysql_native_password", [switch_to("sha256_password")]),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_server_elsewhere_gets_no_more_than_a_proof_without_a_tls_option(
    tls: ssl.SSLContext, plugin: str, answers: Sequence[bytes], encrypted: bool
) -> None:
    """Encrypted by nobody knows whom, or by a key that the server sends itself."""
    rogue = Rogue(plugin, answers, tls if encrypted else None)
    error = visit(rogue, host="0.0.0.0")  # an address of this machine that does not look like one
    assert PASSWORD.encode() not in rogue.heard
    assert "asks for the password itself" in str(error)
    assert "Add ssl_ca=FILE to the URL" in str(error)


@pytest.mark.parametrize(("host", "options"), [("127.0.0.1", ""), ("0.0.0.0", "?ssl_verify_cert=false")])
def test_mysql_8_logs_in_where_that_was_decided(tls: ssl.SSLContext, host: str, options: str) -> None:
    rogue = Rogue("caching_sha2_password", [FULL_LOGIN], tls)
    visit(rogue, options, host)
    assert PASSWORD.encode() in rogue.heard


def test_a_server_that_proves_who_it_is_gets_the_clear_text_when_the_url_says_so(tmp_path: Path) -> None:
    made = certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.file, made.key)
    rogue = Rogue("mysql_native_password", [switch_to("mysql_clear_password")], context)
    visit(rogue, f"?ssl_ca={made.file}&cleartext_password=true")
    assert PASSWORD.encode() in rogue.heard


def test_encryption_that_is_asked_for_without_a_check_is_not_left_out() -> None:
    rogue = Rogue("mysql_native_password", [])
    with closing(rogue), pytest.raises(StoreUnreachable, match="Check the ssl_ options"):
        open_store(f"mysql://ana:{PASSWORD}@127.0.0.1:{rogue.port}/films?ssl_verify_cert=false")
    assert rogue.heard == b""


# --------------------------------------------------------------------------------------- where a password comes from


def test_the_password_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "pass word").write_text("s3cret/ÄÖ密 \r\nanother line\n", encoding="utf-8")
    url = resolve_url(f"mysql://ana@h/films?password_file={tmp_path}/pass%20word")
    assert url.password == "s3cret/ÄÖ密 "
    assert resolve_url(url.reveal()) == url


def test_the_password_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_DB_PASSWORD", "p@ss:w/örd?#%")
    assert resolve_url("mysql://ana@h/films").password == "p@ss:w/örd?#%"
    assert resolve_url(DatabaseUrl.parse("mysql://ana@h/films")).password == "p@ss:w/örd?#%"
    assert resolve_url("mysql://ana:other@h/films").password == "other"
    assert resolve_url("sqlite:////a.db").password == ""


def test_the_file_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MATINEE_DB_PASSWORD", "other")
    (tmp_path / "file").write_text("this", encoding="utf-8")
    assert resolve_url(f"mysql://ana@h/films?password_file={tmp_path}/file").password == "this"


@pytest.mark.parametrize("content", [None, b"", b"\nsecret", b"\xff\xfe"])
def test_a_password_file_of_no_use(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadUrl, match=r"password file .*\.$") as caught:
        resolve_url(f"mysql://ana@h/films?password_file={file}")
    assert "secret" not in str(caught.value)
