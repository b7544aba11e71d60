"""TLS against a real server: it works with the right certificate, and nothing else passes for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import StoreUnreachable
from engine.store import DatabaseUrl, Store, open_store
from tests.store import certificates, mariadb
from tests.store.certificates import Certificate

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def data(folder: Path) -> Path:
    return mariadb.make_data(folder)


@pytest.fixture(scope="module")
def right(folder: Path) -> Certificate:
    return certificates.make(folder, "right")


@pytest.fixture(scope="module")
def server(data: Path, right: Certificate) -> Iterator[DatabaseUrl]:
    """A server with the right certificate."""
    with mariadb.running(data, *tls_options(right)) as url:
        yield url


def tls_options(certificate: Certificate) -> tuple[str, str]:
    return f"--ssl-cert={certificate.file}", f"--ssl-key={certificate.key}"


def asking(url: DatabaseUrl, options: str) -> DatabaseUrl:
    return DatabaseUrl.parse(f"{url.reveal()}?{options}")


def cipher(store: Store) -> str:
    """What the connection is encrypted by; empty where it is not."""
    [(_, name)] = store.connection.read(lambda session: session.rows("SHOW STATUS LIKE 'Ssl_cipher'"))
    return str(name)


def said_by(url: DatabaseUrl) -> str:
    with pytest.raises(StoreUnreachable, match="Check the ssl_ options of the URL") as caught:
        open_store(url)
    assert mariadb.PASSWORD not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        "ssl_ca={ca}",
        "ssl_ca={ca}&ssl_verify_identity=true",
        "ssl_ca={ca}&ssl_verify_identity=false",
        "ssl_verify_cert=false",
        "",
    ],
)
def test_the_right_certificate_works(server: DatabaseUrl, right: Certificate, options: str) -> None:
    with open_store(asking(server, options.format(ca=right.file))) as store:
        assert cipher(store)


def test_none_where_none_is_wanted(server: DatabaseUrl) -> None:
    with open_store(asking(server, "ssl_disabled=true")) as store:
        assert cipher(store) == ""


def test_an_authority_that_did_not_sign_it(server: DatabaseUrl, folder: Path) -> None:
    other = certificates.make(folder, "other")
    assert "no encrypted connection (self" in said_by(asking(server, f"ssl_ca={other.file}"))
    assert "no encrypted connection (self" in said_by(asking(server, "ssl_verify_identity=true"))
    assert "no encrypted connection (self" in said_by(asking(server, "ssl_verify_cert=true"))


def test_files_that_are_no_certificates(server: DatabaseUrl, folder: Path, right: Certificate) -> None:
    (folder / "empty.pem").touch()
    for options in ("ssl_ca={0}/none.pem", "ssl_ca={0}/empty.pem", "ssl_ca={0}", "ssl_ca={1}&ssl_cert={0}/none.pem"):
        assert "can't read the certificates in" in said_by(asking(server, options.format(folder, right.file)))


def test_a_certificate_of_another_host(data: Path, folder: Path) -> None:
    elsewhere = certificates.make(folder, "elsewhere", host="DNS:db.example,IP:192.0.2.1")
    with mariadb.running(data, *tls_options(elsewhere)) as url:
        asked = asking(url, f"ssl_ca={elsewhere.file}")
        assert "not valid for '127.0.0.1'" in said_by(asked)
        assert "not valid for '127.0.0.1'" in said_by(asking(url, f"ssl_ca={elsewhere.file}&ssl_verify_identity=true"))
        with open_store(asking(url, f"ssl_ca={elsewhere.file}&ssl_verify_identity=false")) as store:
            assert cipher(store), "as the URL allows"


def test_a_certificate_that_has_expired(data: Path, folder: Path) -> None:
    expired = certificates.make(folder, "expired", days=-1)
    with mariadb.running(data, *tls_options(expired)) as url:
        assert "certificate has expired" in said_by(asking(url, f"ssl_ca={expired.file}"))


def test_a_server_without_encryption_where_it_is_asked_for(data: Path, right: Certificate) -> None:
    with mariadb.running(data, "--skip-ssl") as url:
        for options in (f"ssl_ca={right.file}", "ssl_verify_identity=true", "ssl_verify_cert=false"):
            assert "SSL is required but the server doesn't support it" in said_by(asking(url, options))
        with open_store(url) as store:
            assert cipher(store) == ""
