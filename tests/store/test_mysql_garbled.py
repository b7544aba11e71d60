"""What does not keep to the protocol, by mistake or on purpose, is a typed error and not a fault of Matinée's."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

from engine.errors import MatineeError, StoreUnreachable
from engine.store import open_store
from engine.store.connection import Waits
from tests.store.rogue import OK, Rogue

GREETING = b"\x0a8.0.99\0" + bytes(40)
WAITS = Waits(connect=0.3, answer=0.3, long_answer=0.3, pauses=(0.0,), bootstrap=0.3)
_SET_UP = 6
"""Statements before the first question."""
_COLUMN = b"\x03def\x00\x00\x00\x01a\x00\x0c\x21\x00\xff\x00\x00\x00\xfd\x00\x00\x00\x00\x00"


def said_of(rogue: Rogue) -> str:
    with closing(rogue), pytest.raises(StoreUnreachable) as caught:
        open_store(f"mysql://ana:s3cret@127.0.0.1:{rogue.port}/films", create=False, waits=WAITS)
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "greeting",
    [
        b"\x0a",
        b"\x0aeight\0" + bytes(40),
        GREETING[:12],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        Rogue.__doc__.encode() if Rogue.__doc__ else b"?",
    ],
)
def test_a_greeting_that_makes_no_sense(greeting: bytes) -> None:
    assert "Check host and port in the URL" in said_of(Rogue("mysql_native_password", [], greeting=greeting))


def test_a_way_to_log_in_whose_name_is_no_text() -> None:
    rogue = Rogue("mysql_native_password", [])
    rogue.greeting = rogue.greeting.replace(b"_native_", b"_\xff\xfe_")
    assert "does not speak as a MySQL server does (UnicodeDecodeError)" in said_of(rogue)


@pytest.mark.parametrize("answer", [b"\x01", b"\xfc", b"\x05", b"\xfd\xff", _COLUMN])
def test_an_answer_that_makes_no_sense_is_a_lost_connection(answer: bytes) -> None:
    assert "is lost" in said_of(Rogue("mysql_native_password", [OK] * (1 + _SET_UP) + [answer]))


@pytest.mark.parametrize("seed", range(30))
def test_noise_anywhere_is_a_typed_error(seed: int) -> None:
    noise = random.Random(seed)
    answers = [OK] * noise.randint(0, 9) + [noise.randbytes(noise.randint(0, 30)) for _ in range(3)]
    rogue = Rogue("mysql_native_password", answers)
    if seed % 3 == 0:
        at = noise.randrange(len(rogue.greeting))
        rogue.greeting = rogue.greeting[:at] + noise.randbytes(4) + rogue.greeting[at + 4 :]
    with closing(rogue), pytest.raises(MatineeError):
        open_store(f"mysql://ana:s3cret@127.0.0.1:{rogue.port}/films", create=False, waits=WAITS)
