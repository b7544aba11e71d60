from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import NotAStore, SchemaTooNew, StoreUnreachable
from engine.paths import schema_sql
from engine.store import DatabaseUrl, Store, connection, open_store, schema
from tests.store import databases
from tests.store.conftest import Cast

HERE = Path(__file__).parent
RESERVED = set((HERE / "reserved_words.txt").read_text().split())
"""Reserved in MySQL 8 or 9 or MariaDB, whichever of them is the stricter."""


def _identifiers() -> set[str]:
    """All table, column and view names, as SQLite understands the file."""
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in schema.statements():
            database.execute(statement)
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")}
        columns = {
            column
            for table in names
            for (column,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,))
        }
    return names | columns


def _aliases() -> set[str]:
    """Names given within queries, in schema.sql and in the store's own SQL."""
    sources = [schema_sql(), *(path.read_text() for path in Path(schema.__file__).parent.glob("*.py"))]
    pattern = re.compile(r"\b(?:FROM|JOIN) [a-z_]+ ([a-z_]+)|\bAS ([a-z_]+)|\) ([a-z_]+)\"")
    return {name for source in sources for found in pattern.findall(source) for name in found if name}


def test_no_identifier_is_a_reserved_word() -> None:
    assert {"rank", "manual", "system", "order"} <= RESERVED
    identifiers, aliases = _identifiers(), _aliases()
    assert {"rating_events", "ratings", "half_stars", "fact"} <= identifiers
    assert {"later", "pairs", "m", "g", "n"} <= aliases
    assert {name.lower() for name in identifiers | aliases} & RESERVED == set()


def test_the_schema_stays_in_the_portable_subset() -> None:
    text = "\n".join(schema.statements()).upper()
    banned = (
        "AUTO_INCREMENT",
        "AUTOINCREMENT",
        "ENGINE",
        "ENUM",
        "DATETIME",
        "DECIMAL",
        "IF NOT EXISTS",
        "||",
        "STRICT",
    )
    assert [word for word in banned if word in text] == []
    assert re.search(r"\w+\s+\w+[^,(]*REFERENCES(?<!\) REFERENCES)", text) is None, "inline REFERENCES"


def test_the_last_statement_declares_the_schema_finished() -> None:
    *others, last = schema.statements()
    assert last.startswith("INSERT INTO schema_version")
    assert str(schema.VERSION) in last
    assert not any("INTO schema_version" in statement for statement in others)
    assert [name for kind, name in schema.created_names() if kind == "VIEW"] == ["ratings"]


def test_the_lengths_of_columns_are_those_of_the_schema() -> None:
    lengths = [schema.longest(*column) for column in (("users", "name"), ("movies", "title"), ("genres", "name"))]
    assert lengths == [80, 300, 60]


def test_every_table_with_numbers_has_a_counter(store: Store) -> None:
    rows = store.connection.read(lambda session: session.rows("SELECT name, last_used FROM counters"))
    assert dict(rows) == dict.fromkeys(
        ("users", "movies", "genres", "rating_events", "watch_events", "model_checkpoints", "imports"), 0
    )


EVENT = "INSERT INTO rating_events (seq, user_id, movie_id, half_stars, rated_at) VALUES (?, ?, ?, ?, ?)"


@pytest.mark.parametrize(
    "row",
    [
        (1, 1, 1, 0, 0),
        (1, 1, 1, 11, 0),
        (1, 1, 1, "many", 0),
        (1, 1, 1, 5, -1),
        (1, 1, 1, 5, "now"),
        (1, 9, 1, 5, 0),
        (1, 1, 9, 5, 0),
        (1, None, 1, 5, 0),
    ],
)
def test_the_schema_itself_refuses_a_bad_rating(store: Store, cast: Cast, row: tuple[object, ...]) -> None:
    with pytest.raises(connection.Conflict):
        store.connection.write(lambda session: session.run(EVENT, row))
    assert store.counts().rating_events == 0


def test_two_stores_have_two_identities(tmp_path: Path) -> None:
    urls = [DatabaseUrl("sqlite", path=tmp_path / name) for name in ("a.db", "b.db")]
    with open_store(urls[0]) as a, open_store(urls[1]) as b, open_store(urls[0]) as again:
        assert a.uuid == again.uuid != b.uuid


def test_a_newer_schema_is_refused_with_the_remedy(url: DatabaseUrl) -> None:
    open_store(url).close()
    with databases.raw(url) as execute:
        execute("INSERT INTO schema_version (version, applied_at, note) VALUES (99, 0, 'from the future')")
    with pytest.raises(SchemaTooNew, match=r"schema 99; this one knows 1.*Upgrade"):
        open_store(url)


@pytest.mark.parametrize("table", ["recipes", "schema_version"])
def test_another_programs_tables_are_left_alone(url: DatabaseUrl, table: str) -> None:
    open_store(url).close()  # for the database to exist
    with databases.raw(url) as execute:
        for kind, name in reversed(schema.created_names()):
            execute(f"DROP {kind} {name}")
        execute(f"CREATE TABLE {table} (version INTEGER, line VARCHAR(20))")
        execute(f"INSERT INTO {table} VALUES (1, 'salt')")
    with pytest.raises(NotAStore, match="Name another database"):
        open_store(url)
    with databases.raw(url) as execute:
        assert [tuple(row) for row in execute(f"SELECT * FROM {table}")] == [(1, "salt")]


def test_a_database_that_was_never_finished_is_made_again(url: DatabaseUrl) -> None:
    with open_store(url) as store:
        store.add_user("Ana")
        before = store.uuid
    with databases.raw(url) as execute:
        execute("DELETE FROM schema_version")
        execute("DROP TABLE imports")
    with open_store(url) as store:
        assert store.users() == []
        assert store.uuid != before
        assert store.imports() == []


def test_without_create_nothing_is_made(url: DatabaseUrl) -> None:
    with pytest.raises(StoreUnreachable, match=r"(?i)start `matinee` once"):
        open_store(url, create=False)
    open_store(url).close()
    open_store(url, create=False).close()
    with databases.raw(url) as execute:
        execute("DELETE FROM schema_version")
    with pytest.raises(StoreUnreachable, match=r"(?i)start `matinee` once"):
        open_store(url, create=False)


@pytest.mark.mysql
def test_a_database_made_by_hand_compares_text_as_a_file_does(tmp_path: Path) -> None:
    with databases.fresh("mysql", tmp_path) as url:
        with databases.server() as cursor:
            cursor.execute(f"CREATE DATABASE `{url.name}` CHARACTER SET latin1 COLLATE latin1_swedish_ci")
        with open_store(url) as store:
            assert store.add_user("Zoe").user_id == 1
            assert store.add_user("Zoë ☂").user_id == 2
            assert store.add_user("Zoë").user_id == 3
