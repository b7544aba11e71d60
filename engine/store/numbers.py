"""Ids and sequence numbers: taken from `counters`, first of all in a transaction, and so visible in order.

The row's lock is held until COMMIT. With AUTO_INCREMENT an id is given out before its transaction commits, and a reader
that asks for `seq > last` misses rows that become visible late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.store.connection import Session


def take(session: Session, counter: str, n: int = 1) -> int:
    """Take `n` numbers; returns the first. With n = 0 only the lock is taken, and the next number is returned."""
    session.run("UPDATE counters SET last_used = last_used + ? WHERE name = ?", (n, counter))
    return last(session, counter) - n + 1


def last(session: Session, counter: str) -> int:
    """The last number given out; 0 when none was."""
    [(value,)] = session.rows("SELECT last_used FROM counters WHERE name = ?", (counter,))
    return int(value)
