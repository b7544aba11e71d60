from __future__ import annotations

from typing import Any

import pytest

from engine.errors import StoreFailed
from engine.store import Store, events
from tests.store.conftest import Cast


class Answering:
    """A connection and session whose only answer is given."""

    url = "mysql://somewhere"

    def __init__(self, *row: object) -> None:
        self.row = row

    def read(self, work: Any) -> Any:
        return work(self)

    def rows(self, sql: str, values: object) -> list[object]:
        return [self.row]


def test_texts_in_any_order_become_columns_in_order() -> None:
    connection: Any = Answering(3, "12,11,13", "2,1,3", "5,4,6", "0,10,1", "200,100,300")
    columns = events.ratings_between(connection, 10, 13)
    assert [column.tolist() for column in columns] == [
        [11, 12, 13],
        [1, 2, 3],
        [4, 5, 6],
        [10, 0, 1],
        [100, 200, 300],
    ]


@pytest.mark.parametrize("place", range(1, 6))
def test_a_text_that_was_cut_is_noticed(place: int) -> None:
    row = [2, "1,2", "1,1", "1,1", "1,1", "1,1"]
    row[place] = "1"
    connection: Any = Answering(*row)
    with pytest.raises(StoreFailed, match="cut 2 rating events short"):
        events.ratings_between(connection, 0, 2)


@pytest.mark.mysql
@pytest.mark.parametrize("store", ["mysql"], indirect=True)
def test_a_server_that_cuts_texts_is_noticed(store: Store, cast: Cast) -> None:
    for stars in (1, 2, 3):
        store.rate(cast.ana, cast.alien, stars)
    store.connection.read(lambda session: session.run("SET SESSION group_concat_max_len = 4"))
    with pytest.raises(StoreFailed, match="cut 3 rating events short"):
        store.events_after(0)
