from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from engine.errors import BadUrl
from engine.paths import default_database
from engine.store import DatabaseUrl, resolve_url

SECRET = "p@ss:w/örd?#%"
FULL = "mysql://ana:p%40ss%3Aw%2F%C3%B6rd%3F%23%25@db.example:3307/films?ssl_ca=/etc/ca.pem&ssl_verify_identity=true"


def test_an_absolute_file() -> None:
    assert DatabaseUrl.parse("sqlite:////var/lib/films.db").path == Path("/var/lib/films.db")


def test_a_relative_file_is_found_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = DatabaseUrl.parse("sqlite:///films.db")
    monkeypatch.chdir("/")
    assert url.path == tmp_path / "films.db"


def test_every_part_of_a_server_url() -> None:
    url = DatabaseUrl.parse(FULL)
    assert (url.host, url.port, url.user, url.password, url.name) == ("db.example", 3307, "ana", SECRET, "films")
    assert dict(url.tls) == {"ssl_ca": "/etc/ca.pem", "ssl_verify_identity": True}


def test_the_default_port() -> None:
    assert DatabaseUrl.parse("mysql://ana@db.example/films").port == 3306


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:////a/b.db",
        "sqlite:////a/b.db?timeout=0.5",
        FULL,
        "mysql://a@[::1]:1/b",
        "mysql://a%2Fb@h:1/b%20c",
        "mysql://a@h:1/b?ssl_ca=/ca&password_file=/run/a%20b&cleartext_password=true",
    ],
)
def test_reveal_is_read_back_as_the_same_url(text: str) -> None:
    url = DatabaseUrl.parse(text)
    assert url.reveal() == text
    assert DatabaseUrl.parse(url.reveal()) == url
    assert pickle.loads(pickle.dumps(url)) == url


def test_the_password_is_shown_as_stars() -> None:
    url = DatabaseUrl.parse(FULL)
    for shown in (str(url), repr(url), f"{url}", f"{url!r}", f"{[url]}"):
        assert "ana:***@db.example:3307/films" in shown
        assert SECRET not in shown
        assert "%C3%B6rd" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "films.db",
        "postgres://ana:secret@h/films",
        "sqlite://films.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:////a.db?mode=ro",
        "sqlite:////a.db?timeout=soon",
        "sqlite:////a.db?timeout=0",
        "mysql://h/films",
        "mysql://ana:secret@h",
        "mysql://ana:secret@h/",
        "mysql://ana:secret@h/a/b",
        "mysql://ana:secret@h/a%60b",
        f"mysql://ana:secret@h/{'a' * 65}",
        "mysql://ana:secret@h:port/films",
        "mysql://ana:secret@h:99999/films",
        "mysql://ana:sec/secret@h/films",
        "mysql://ana:secret@[::1/films",
        "mysql://ana:secret@h/films?ssl=true",
        "mysql://ana:secret@h/films?ssl_verify_identity=perhaps",
        "mysql:ana:secret@h/films",
    ],
)
def test_a_bad_url_is_refused_with_a_remedy_and_without_the_password(text: str) -> None:
    with pytest.raises(BadUrl) as caught:
        DatabaseUrl.parse(text)
    assert "secret" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("ssl_disabled=true&ssl_ca=/ca.pem", "ssl_disabled=true asks for no TLS"),
        ("ssl_disabled=true&ssl_verify_cert=false", "ssl_disabled=true asks for no TLS"),
        ("ssl_verify_cert=false&ssl_ca=/ca.pem", "ssl_verify_cert=false not to"),
        ("ssl_verify_cert=false&ssl_verify_identity=true", "ssl_verify_identity=true needs ssl_verify_cert"),
        ("ssl_key=/key.pem&ssl_verify_cert=true", "ssl_key is of no use without ssl_cert"),
        ("password_file=/run/secret", "there is a password and a password_file"),
        ("cleartext_password=true", "needs ssl_ca or ssl_verify_identity=true"),
        ("cleartext_password=true&ssl_verify_cert=false", "needs ssl_ca or ssl_verify_identity=true"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: str, reason: str) -> None:
    with pytest.raises(BadUrl, match=f"contradict each other: .*{reason}.* Leave one of them out"):
        DatabaseUrl.parse(f"mysql://ana:secret@h/films?{options}")


def test_the_url_given_comes_before_the_environment_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert resolve_url(None).path == default_database()
    monkeypatch.setenv("MATINEE_DB", "sqlite:////from/environment.db")
    assert resolve_url(None).path == Path("/from/environment.db")
    assert resolve_url("sqlite:////given.db").path == Path("/given.db")
    given = DatabaseUrl.parse("sqlite:////given.db")
    assert resolve_url(given) is given
