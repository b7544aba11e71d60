"""A server that goes away, refuses, or is in the way: nothing lost, nothing doubled, typed errors, no password."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from engine.errors import MatineeError, StoreBusy, StoreFailed, StoreUnreachable
from engine.store import BulkWriter, Checkpoint, DatabaseUrl, NewMovie, NewUser, Store, open_store
from engine.store.connection import WAITS, SqlSession
from engine.store.counters import take
from engine.store.mysql import cautions_of
from engine.types import WatchKind
from tests.faults.proxy import Proxy
from tests.store import databases
from tests.store.rows import rating_events

pytestmark = pytest.mark.mysql
SHORT = WAITS._replace(connect=0.5, answer=0.5, patience=0.4)
"""A silent server is given up after less than a second."""
TWO_TRIES = WAITS._replace(pauses=(0.0, 0.01))


@pytest.fixture
def url(shared_mysql: DatabaseUrl) -> DatabaseUrl:
    """A database with two viewers and a movie."""
    databases.empty(shared_mysql)
    with open_store(shared_mysql) as store:
        store.add_user("Ana")
        store.add_user("Ben")
        store.add_movie("Alien")
    return shared_mysql


@pytest.fixture
def proxy(url: DatabaseUrl) -> Iterator[Proxy]:
    """A wire to the server that can be cut."""
    with closing(Proxy(url.host, url.port)) as opened:
        yield opened


@pytest.fixture
def cut_off(url: DatabaseUrl, proxy: Proxy) -> Iterator[Store]:
    """A store at the far end of the wire. Unencrypted, for the wire must be able to read."""
    with open_store(behind(url, proxy)) as store:
        yield store


def behind(url: DatabaseUrl, proxy: Proxy) -> DatabaseUrl:
    return replace(url, host="127.0.0.1", port=proxy.port, tls=(("ssl_disabled", True),))


def kill_all(url: DatabaseUrl) -> None:
    with databases.server() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (url.name,))
        for (number,) in cursor.fetchall():
            cursor.execute(f"KILL {number}")


def test_a_killed_connection_is_made_again(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        for stars in (1, 2, 3):
            kill_all(url)
            store.rate(1, 1, stars)
            kill_all(url)
            assert store.ratings_of(1)[1].stars == stars
        assert store.last_seq() == 3


def test_a_lost_connection_is_logged_without_the_password(url: DatabaseUrl, caplog: pytest.LogCaptureFixture) -> None:
    with open_store(url) as store:
        kill_all(url)
        store.last_seq()
    assert f"lost the connection to {url}" in caplog.text
    assert url.password
    assert url.password not in caplog.text


WRITES: dict[str, Callable[[Store], object]] = {
    "rate": lambda store: store.rate(1, 1, 4),
    "take back": lambda store: store.take_back(1, 1),
    "watch": lambda store: store.watch(1, 1, WatchKind.STARTED, 5),
    "viewer": lambda store: store.add_user("Cem"),
    "movie": lambda store: store.add_movie("Brazil", 1985, ["Sci-Fi"]),
    "checkpoint": lambda store: store.add_checkpoint(
        Checkpoint(
            algorithm="study", params_json="{}", trained_seq=1, n_ratings=1, train_ms=1, file_name="a",
            file_sha256="0" * 64, file_bytes=1, rmse=0.1 + 0.2,
        )
    ),
    "import": lambda store: bulk(store),
}  # fmt: skip


def bulk(store: Store) -> None:
    with BulkWriter(store, "test", "0" * 64) as writer:
        writer.add_movies([NewMovie("M", source_id="1")])
        writer.add_users([NewUser("1", "1")])
        writer.add_events(rating_events((1, 1, 5, 0), (2, 1, 6, 0)))
        writer.finish(n_users=1, n_movies=1)


def content(url: DatabaseUrl) -> dict[str, int]:
    tables = ("users", "movies", "movie_genres", "rating_events", "watch_events", "model_checkpoints", "imports")
    with databases.raw(url) as execute:
        rows = {table: int(execute(f"SELECT COUNT(*) FROM {table}")[0][0]) for table in tables}
        counters = {name: int(value) for name, value in execute("SELECT name, last_used FROM counters")}
    assert all(counters.get(table, number) == number for table, number in rows.items()), "numbers without holes"
    return rows


@pytest.mark.parametrize("where", ["cut_before", "cut_after"])
@pytest.mark.parametrize("write", WRITES)
def test_a_commit_whose_answer_is_lost_is_done_exactly_once(
    url: DatabaseUrl, proxy: Proxy, cut_off: Store, write: str, where: str
) -> None:
    with open_store(url) as reference:
        WRITES[write](reference)
    expected = content(url)
    databases.empty(url)
    for name in ("Ana", "Ben"):
        cut_off.add_user(name)
    cut_off.add_movie("Alien")
    setattr(proxy, where, b"COMMIT")
    WRITES[write](cut_off)
    assert proxy.cuts == 1
    assert content(url) == expected


@pytest.mark.parametrize("where", ["cut_before", "cut_after"])
@pytest.mark.parametrize("commit", range(5))
def test_an_import_is_done_exactly_once_whichever_commit_is_lost(
    url: DatabaseUrl, proxy: Proxy, cut_off: Store, where: str, commit: int
) -> None:
    proxy.spare = commit
    setattr(proxy, where, b"COMMIT")
    bulk(cut_off)
    assert proxy.cuts == 1
    rows = content(url)
    assert (rows["users"], rows["movies"], rows["rating_events"], rows["imports"]) == (2 + 1, 1 + 1, 2, 1)
    assert cut_off.imports()[0].done


@pytest.mark.parametrize("statement", [b"INSERT INTO rating_events", b"UPDATE counters", b"START TRANSACTION"])
def test_a_transaction_cut_anywhere_is_run_again_from_its_start(
    url: DatabaseUrl, proxy: Proxy, cut_off: Store, statement: bytes
) -> None:
    for where in ("cut_before", "cut_after"):
        setattr(proxy, where, statement)
        cut_off.rate(1, 1, 3)
    assert proxy.cuts == 2
    assert content(url)["rating_events"] == 2


def test_a_server_that_stays_away(proxy: Proxy, url: DatabaseUrl) -> None:
    with open_store(behind(url, proxy), waits=TWO_TRIES) as store:
        proxy.refuse = True
        proxy.cut_before = b"START TRANSACTION"
        with pytest.raises(StoreUnreachable, match=r"was not kept\. Check that the server runs"):
            store.rate(1, 1, 3)
        with pytest.raises(StoreUnreachable):
            store.users()
        proxy.refuse = False
        assert store.rate(1, 1, 3).seq == 1, "and is back"


def test_a_server_that_goes_away_after_commit(proxy: Proxy, url: DatabaseUrl) -> None:
    with open_store(behind(url, proxy), waits=TWO_TRIES) as store:
        proxy.cut_after = b"COMMIT"
        proxy.refuse = True
        with pytest.raises(StoreUnreachable, match="not known whether the last change was kept"):
            store.rate(1, 1, 3)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (b"START TRANSACTION", "The last change was not kept"),
        (b"INSERT INTO rating_events", "The last change was not kept"),
        (b"COMMIT", "not known whether the last change was kept"),
    ],
)
def test_a_server_that_falls_silent(proxy: Proxy, url: DatabaseUrl, word: bytes, said: str) -> None:
    with open_store(behind(url, proxy), waits=SHORT) as store:
        proxy.mute_after = word
        with pytest.raises(StoreUnreachable, match=said):
            store.rate(1, 1, 3)
        proxy.mute = False
        assert store.rate(1, 1, 4).stars == 4, "and is back"
        assert store.ratings_of(1)[1].stars == 4


def test_a_wire_that_falls_silent_under_a_commit(proxy: Proxy, url: DatabaseUrl) -> None:
    """As a router does that forgets a connection: a new one finds the rating there, and does not write it again."""
    with open_store(behind(url, proxy), waits=SHORT) as store:
        proxy.mute_after = b"COMMIT"
        proxy.only_one = True
        assert store.rate(1, 1, 3).seq == 1
        assert [event.seq for event in store.history(1)] == [1]


@pytest.mark.slow
def test_a_silent_server_holds_a_rating_for_twenty_seconds_at_most(proxy: Proxy, url: DatabaseUrl) -> None:
    with open_store(behind(url, proxy)) as store:
        proxy.mute_after = b"START TRANSACTION"
        began = time.monotonic()
        with pytest.raises(StoreUnreachable):
            store.rate(1, 1, 3)
        assert time.monotonic() - began < 20


def test_an_import_and_a_count_wait_longer_for_an_answer(url: DatabaseUrl) -> None:
    def patience(session: SqlSession) -> float | None:
        return session._cursor.connection._read_timeout  # type: ignore[attr-defined, no-any-return]

    with open_store(url) as store:
        connection = store.connection
        assert (connection.read(patience), connection.write(patience)) == (10, 10)
        with connection.unit():
            assert connection.write(patience) == 60
        with connection.patient():
            assert connection.read(patience) == 60
        assert connection.read(patience) == 10


def test_a_deadlock_is_run_again(url: DatabaseUrl) -> None:
    both_hold_one = threading.Barrier(2)
    failed: list[BaseException] = []

    def crossing(first: str, second: str) -> None:
        tries = []

        def work(session: SqlSession) -> None:
            take(session, first)
            tries.append(first)
            if len(tries) == 1:
                both_hold_one.wait(10)
            take(session, second)

        try:
            with open_store(url) as store:
                store.connection.write(work)
        except (MatineeError, threading.BrokenBarrierError) as error:
            failed.append(error)

    threads = [threading.Thread(target=crossing, args=names) for names in (("users", "movies"), ("movies", "users"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    with databases.raw(url) as execute:
        assert dict(execute("SELECT name, last_used FROM counters WHERE name IN ('users', 'movies')")) == {
            "users": 4,
            "movies": 3,
        }


def test_a_lock_that_is_held_for_too_long(url: DatabaseUrl) -> None:
    with open_store(replace(url, timeout=1)) as store:
        with databases.raw(url) as execute:
            execute("START TRANSACTION")
            execute("UPDATE counters SET last_used = last_used + 1 WHERE name = 'rating_events'")
            with pytest.raises(StoreBusy, match="Try again when they are done"):
                store.rate(1, 1, 4)
            assert store.ratings_of(1) == {}, "reading goes on"
            execute("ROLLBACK")
        assert store.rate(1, 1, 4).seq == 1


def test_news_are_seen_at_once(url: DatabaseUrl) -> None:
    with open_store(url) as reader, open_store(url) as writer:
        for seq in (1, 2, 3):
            assert reader.last_seq() == seq - 1
            writer.rate(1, 1, 4)
            assert reader.last_seq() == seq


def test_the_session_waits_for_nothing_for_ever_and_is_strict(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        names = ("autocommit", "innodb_lock_wait_timeout", "foreign_key_checks", "collation_connection", "sql_mode")
        query = f"SELECT {', '.join(f'@@{name}' for name in names)}, @@default_storage_engine"
        [(*settings, mode, engine)] = store.connection.read(lambda session: session.rows(query))
    assert settings == [1, 5, 1, "utf8mb4_bin"]
    assert "STRICT_ALL_TABLES" in mode
    assert engine == "InnoDB", "an engine with transactions"


@pytest.mark.parametrize(("flush", "cautions"), [(1, 0), (2, 1), (0, 1)])
def test_a_server_that_confirms_too_early_is_told_of(url: DatabaseUrl, flush: int, cautions: int) -> None:
    assert len(cautions_of(url, flush)) == cautions


def test_a_server_says_when_it_confirms(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        [(flush,)] = store.connection.read(
            lambda session: session.rows("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit")
        )
        assert store.cautions() == cautions_of(url, flush)


def test_an_interrupted_change_leaves_nothing(url: DatabaseUrl) -> None:
    def interrupted(session: SqlSession) -> None:
        take(session, "users")
        raise KeyboardInterrupt

    with open_store(url) as store:
        with pytest.raises(KeyboardInterrupt):
            store.connection.write(interrupted)
        assert store.add_user("Cem").user_id == 3


def test_a_closed_store_says_so(url: DatabaseUrl) -> None:
    store = open_store(url)
    store.close()
    store.close()
    for call in (store.users, lambda: store.add_user("Cem")):
        with pytest.raises(StoreFailed, match="is closed"):
            call()
