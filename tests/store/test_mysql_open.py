"""Opening a store on a server: what is refused, by whom, and with which words; no part of them holds the password."""

from __future__ import annotations

import secrets
import socket
import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.errors import StoreUnreachable
from engine.store import DatabaseUrl, open_store
from engine.store.connection import WAITS, Waits
from tests.store import databases

pytestmark = pytest.mark.mysql
PASSWORD = "s3cret/ÄÖ密"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def said_by(url: DatabaseUrl, waits: Waits = WAITS) -> str:
    """Everything that a person could see of the failure to open it; no part of it may hold the password."""
    with pytest.raises(StoreUnreachable) as caught:
        open_store(url, waits=waits)
    error = caught.value
    seen = "".join(traceback.format_exception(error)) + repr(error) + repr(url) + str(url)
    assert PASSWORD not in seen
    assert "s3cret" not in seen
    return str(error)


def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = DatabaseUrl("mysql", host="127.0.0.1", port=port, user="ana", password=PASSWORD, name="films")
    assert said_by(url).startswith(f"no MySQL server answers at 127.0.0.1:{port}. Start it, or check")


def test_a_port_where_nobody_answers_is_given_up(silent_port: int) -> None:
    url = DatabaseUrl("mysql", host="127.0.0.1", port=silent_port, user="ana", password=PASSWORD, name="films")
    assert "no MySQL server answers" in said_by(url, WAITS._replace(connect=0.2))


def test_an_unknown_host_is_named() -> None:
    url = DatabaseUrl("mysql", host="no-such-host.invalid", user="ana", password=PASSWORD, name="films")
    assert "no MySQL server answers at no-such-host.invalid:3306" in said_by(url)


def test_a_refused_password_is_not_shown() -> None:
    url = replace(databases.server_url(), user="matinee_nobody", password=PASSWORD)
    assert said_by(url).endswith(
        "Check the user and the password in the URL, and that 'matinee_nobody' may log in from this machine."
    )


def test_a_user_without_rights_is_told_to_ask_for_them() -> None:
    user = f"matinee_test_{secrets.token_hex(4)}"
    with databases.server() as cursor:
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (user, PASSWORD))
        try:
            assert "Check the user and its rights on" in said_by(
                replace(databases.server_url(), user=user, password=PASSWORD)
            )
        finally:
            cursor.execute("DROP USER %s@'%%'", (user,))


def test_encryption_that_is_asked_for_is_never_left_out(shared_mysql: DatabaseUrl) -> None:
    """Whether the server offers none or one that nobody vouches for: no connection."""
    demanding = replace(shared_mysql, tls=(("ssl_verify_identity", True),))
    assert "Check the ssl_ options" in said_by(demanding)
    assert "Check the ssl_ options" in said_by(replace(shared_mysql, tls=(("ssl_ca", "/no/such/file.pem"),)))


@pytest.mark.parametrize("odd", ["?", "%", "%s", "?%d", "a b", "'\"", "-.;#", "ÄÖ密", "{0}"])
def test_a_database_of_any_name(odd: str) -> None:
    name = f"matinee_test_{secrets.token_hex(4)}_{odd}"
    url = DatabaseUrl.parse(replace(databases.server_url(), name=name).reveal())
    try:
        with open_store(url) as store:
            store.add_user("Ana")
            assert isinstance(store.cautions(), list)
        with open_store(url, create=False) as store:
            assert [user.name for user in store.users()] == ["Ana"]
    finally:
        with databases.server() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
