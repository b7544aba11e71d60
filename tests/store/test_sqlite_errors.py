"""Each fault of a file: a typed error that names the file and the remedy, and a store that goes on where it can."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from engine.errors import NotAStore, StoreBusy, StoreFailed, StoreReadOnly, StoreUnreachable
from engine.store import BulkWriter, DatabaseUrl, open_store

NOBODY = 65534


@pytest.fixture
def url(tmp_path: Path) -> DatabaseUrl:
    """A file that does not exist yet."""
    return DatabaseUrl("sqlite", path=tmp_path / "store.db", timeout=0.1)


@contextmanager
def without_rights() -> Iterator[None]:
    """Root may write where it is forbidden, so be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody may enter; pytest's own are the user's alone."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-tests-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_missing_folders_are_made(tmp_path: Path) -> None:
    url = DatabaseUrl("sqlite", path=tmp_path / "a" / "b c?" / "100%.db")
    open_store(url).close()
    assert url.path.is_file()


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnreachable, match=r"can't make the folder of .*Name another place"):
        open_store(DatabaseUrl("sqlite", path=tmp_path / "file" / "store.db"))


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match=r"can't open .*Check that the path is a file"):
        open_store(DatabaseUrl("sqlite", path=tmp_path))


@pytest.mark.parametrize("size", [1, 15, 500, 9000])
def test_a_file_that_is_no_database_stays_as_it_is(url: DatabaseUrl, size: int) -> None:
    content = (b"userId,movieId,rating\n1,1,4\n" * 500)[:size]
    url.path.write_bytes(content)
    with pytest.raises(NotAStore, match=r"is a file, but no database.*Name another"):
        open_store(url)
    assert url.path.read_bytes() == content
    assert list(url.path.parent.iterdir()) == [url.path]


def test_another_programs_database_stays_as_it_is(url: DatabaseUrl) -> None:
    with closing(sqlite3.connect(url.path, isolation_level=None)) as other:
        other.execute("CREATE TABLE recipes (line TEXT)")
    before = url.path.read_bytes()
    with pytest.raises(NotAStore, match=r"another program \(recipes\)"):
        open_store(url)
    assert url.path.read_bytes() == before


def test_an_empty_file_becomes_a_store(url: DatabaseUrl) -> None:
    url.path.touch()
    with open_store(url) as store:
        assert store.counts().users == 0


def test_the_file_is_set_up_for_many_readers_and_no_loss(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        names = ("journal_mode", "synchronous", "foreign_keys")
        assert [store.connection.read(lambda session, name=name: session.rows(f"PRAGMA {name}")) for name in names] == [  # type: ignore[misc]
            [("wal",)],
            [(2,)],  # FULL: on the disk before a rating is acknowledged
            [(1,)],
        ]


def test_another_program_that_writes_for_long(url: DatabaseUrl) -> None:
    with open_store(url) as store, open_store(url) as other:
        ana = store.add_user("Ana")
        with BulkWriter(other, "test", "0" * 64):
            with pytest.raises(StoreBusy, match=r"over 0\.1 s.*Try again"):
                store.add_user("Ben")
            assert store.users() == [ana], "reading goes on"
        assert store.add_user("Ben").user_id == 2


def test_a_file_that_is_read_only(open_folder: Path) -> None:
    url = DatabaseUrl("sqlite", path=open_folder / "store.db")
    with open_store(url) as store:
        store.add_user("Ana")
    url.path.chmod(0o444)
    open_folder.chmod(0o555)
    with without_rights(), pytest.raises((StoreReadOnly, StoreUnreachable), match="writ"):
        open_store(url).add_user("Ben")


def test_a_folder_where_nothing_can_be_made(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with without_rights():
        with pytest.raises(StoreUnreachable, match="folder that you may write to"):
            open_store(DatabaseUrl("sqlite", path=open_folder / "store.db"))
        with pytest.raises(StoreUnreachable, match="can't make the folder"):
            open_store(DatabaseUrl("sqlite", path=open_folder / "new" / "store.db"))


def test_a_full_disk_keeps_nothing_of_the_change_and_everything_before(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        store.add_movie("Alien")
        [(pages,)] = store.connection.read(lambda session: session.rows("PRAGMA page_count"))
        store.connection.read(lambda session: session.rows(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(StoreFailed, match=r"is full.*Free some space"):
            store.add_movie("Brazil", synopsis="x" * 50_000)
        assert [movie.title for movie in store.movies()] == ["Alien"]
        store.connection.read(lambda session: session.rows("PRAGMA max_page_count = 1000000"))
        assert store.add_movie("Brazil", synopsis="x" * 50_000).movie_id == 2


def test_a_damaged_file(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        for number in range(300):
            store.add_movie(f"Movie {number}", synopsis="x" * 200)
    with url.path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    with pytest.raises(StoreFailed, match=r"is damaged.*Restore a copy"), open_store(url) as store:
        store.movies()


def test_a_closed_store(url: DatabaseUrl) -> None:
    store = open_store(url)
    store.close()
    store.close()
    for call in (store.users, store.movies, store.last_seq, lambda: store.add_user("Ana")):
        with pytest.raises(StoreFailed, match="is closed"):
            call()


def test_an_interrupted_change_leaves_nothing(url: DatabaseUrl) -> None:
    def interrupted(session: object) -> None:
        store.connection.read(lambda inner: inner.run("UPDATE counters SET last_used = 9"))
        raise KeyboardInterrupt

    with open_store(url) as store:
        with pytest.raises(KeyboardInterrupt):
            store.connection.write(interrupted)
        assert store.last_seq() == 0
        assert store.add_user("Ana").user_id == 1
