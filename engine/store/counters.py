"""Ids and sequence numbers: taken from `counters`, first of all in a transaction, and so visible in order.

The row's lock is held until COMMIT. With AUTO_INCREMENT an id is given out before its transaction commits, and a reader
that asks for `seq > last` misses rows that become visible late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.store.connection import Connection, Row, SqlSession


def take(session: SqlSession, counter: str, n: int = 1) -> int:
    """Take `n` numbers; returns the first. With n = 0 only the lock is taken, and the next number is returned."""
    session.run("UPDATE counters SET last_used = last_used + ? WHERE name = ?", (n, counter))
    return last(session, counter) - n + 1


def last(session: SqlSession, counter: str) -> int:
    """The last number given out; 0 when none was."""
    [(value,)] = session.rows("SELECT last_used FROM counters WHERE name = ?", (counter,))
    return int(value)


def append(connection: Connection, table: str, columns: str, values: Row) -> int:
    """Insert a row under the next number of its table, exactly once; returns the number, after COMMIT.

    `columns` begins with the number's column; `values` are those of the others. When the connection is lost after
    COMMIT was sent, nobody knows whether the row is there: the next try looks for it, under the counter's lock, which
    it gets only when the lost transaction is over. So a row is neither lost nor written twice.
    """
    sent: list[Row] = []
    number_column = columns.partition(",")[0]
    marks = ", ".join("?" * (len(values) + 1))

    def work(session: SqlSession) -> int:
        if session.outcome_unknown and sent:
            take(session, table, 0)
            if session.rows(f"SELECT {columns} FROM {table} WHERE {number_column} = ?", sent[-1][:1]) == sent[-1:]:
                return int(sent[-1][0])
        number = take(session, table)
        sent.append((number, *values))
        session.run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", sent[-1])
        return number

    return connection.write(work)
