"""A database file that another program deletes, moves or replaces while it is open: nothing is acknowledged wrongly."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import StoreFailed
from engine.store import BulkWriter, DatabaseUrl, Store, open_store

GONE = r"deleted, moved or replaced while it was open.*not in it\. .*start again\.$"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An open store with one viewer, one movie and three ratings, all of them in its log still."""
    with open_store(DatabaseUrl("sqlite", path=path)) as opened:
        opened.add_user("Ana")
        opened.add_movie("Alien")
        for stars in (1, 2, 3):
            opened.rate(1, 1, stars)
        yield opened


def other_store(path: Path) -> Path:
    """Another store beside it: the backup that somebody puts back."""
    backup = path.with_name("backup.db")
    with open_store(DatabaseUrl("sqlite", path=backup)) as other:
        other.add_user("Ben")
        other.add_movie("Brazil")
        other.rate(1, 1, 5)
    return backup


def is_refused(write: Callable[[], object]) -> None:
    with pytest.raises(StoreFailed, match=GONE):
        write()


def test_a_deleted_file_acknowledges_nothing_more(store: Store, path: Path) -> None:
    path.unlink()
    for write in (lambda: store.rate(1, 1, 4), lambda: store.take_back(1, 1), lambda: store.add_user("Cem")):
        is_refused(write)
    assert store.last_seq() == 3
    assert not path.exists()


def test_a_file_deleted_with_its_log_acknowledges_nothing_more(store: Store, path: Path) -> None:
    for file in path.parent.glob("store.db*"):
        file.unlink()
    is_refused(lambda: store.rate(1, 1, 4))


def test_a_deleted_log_acknowledges_nothing_more_and_loses_nothing(store: Store, path: Path) -> None:
    path.with_name("store.db-wal").unlink()
    is_refused(lambda: store.rate(1, 1, 4))
    store.close()
    with open_store(store.url) as again:
        assert again.last_seq() == 3


def test_a_file_deleted_during_a_change_is_not_acknowledged(store: Store, path: Path) -> None:
    is_refused(lambda: store.connection.write(lambda session: path.unlink()))


def test_a_file_deleted_during_an_import_is_not_acknowledged(store: Store, path: Path) -> None:
    def import_() -> None:
        with BulkWriter(store, "test", "0" * 64) as writer:
            path.unlink()
            writer.finish(n_users=0, n_movies=0)

    is_refused(import_)


def test_a_moved_file_keeps_what_was_acknowledged_and_gets_nothing_more(store: Store, path: Path) -> None:
    moved = path.rename(path.with_name("moved.db"))
    is_refused(lambda: store.rate(1, 1, 4))
    with open_store(DatabaseUrl("sqlite", path=moved)) as again:
        assert [event.half_stars for event in again.history(1)] == [6, 4, 2]


def test_the_file_in_the_place_of_another_does_not_get_its_log(store: Store, path: Path) -> None:
    other_store(path).rename(path)
    is_refused(lambda: store.rate(1, 1, 4))
    store.close()
    with open_store(store.url) as replacement:
        assert [user.name for user in replacement.users()] == ["Ben"]
        assert [movie.title for movie in replacement.movies()] == ["Brazil"]
        assert replacement.rate(1, 1, 3).seq == 2
        assert replacement.connection.read(lambda session: session.rows("PRAGMA integrity_check")) == [("ok",)]


def test_a_new_store_in_the_place_of_a_deleted_one_keeps_its_own_log(store: Store, path: Path) -> None:
    path.unlink()
    with open_store(store.url) as new:
        new.add_user("Ben")
        is_refused(lambda: store.rate(1, 1, 4))
        assert [user.name for user in new.users()] == ["Ben"]
        assert new.add_user("Cem").user_id == 2
    with open_store(store.url) as again:
        assert again.counts().users == 2


def test_a_link_that_leads_elsewhere_is_a_file_replaced(tmp_path: Path) -> None:
    link, first = tmp_path / "store.db", tmp_path / "first.db"
    link.symlink_to(first)
    with open_store(DatabaseUrl("sqlite", path=link)) as store:
        store.add_user("Ana")
        link.unlink()
        link.symlink_to(tmp_path / "second.db")
        is_refused(lambda: store.add_user("Ben"))


def test_a_file_that_is_moved_away_and_back_goes_on(store: Store, path: Path) -> None:
    path.rename(path.with_name("moved.db")).rename(path)
    assert store.rate(1, 1, 4).seq == 4


def test_new_times_and_rights_make_no_other_file(store: Store, path: Path) -> None:
    path.chmod(0o600)
    shutil.copystat(__file__, path)
    assert store.rate(1, 1, 4).seq == 4


def test_a_second_store_of_one_process_leaves_the_locks_of_the_first(store: Store, path: Path) -> None:
    """Where it does not, the last connection of another process takes the first one's log away."""
    open_store(store.url).close()
    other = (
        "import sqlite3, sys; link = sqlite3.connect(sys.argv[1]); link.execute('SELECT * FROM users'); link.close()"
    )
    subprocess.run([sys.executable, "-c", other, str(path)], check=True)
    assert store.rate(1, 1, 4).seq == 4
    assert path.with_name("store.db-wal").exists()
