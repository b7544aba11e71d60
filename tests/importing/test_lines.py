from __future__ import annotations

import pytest

from engine.errors import BadEncoding
from engine.importing.lines import Encoding, decode


def test_utf8_with_and_without_mark() -> None:
    assert decode("\ufeffÅse\n".encode(), Encoding.UTF8, "movies.csv") == "Åse\n"
    assert decode("Åse\n".encode(), Encoding.UTF8, "movies.csv") == "Åse\n"


def test_bytes_that_are_no_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(BadEncoding, match=r"movies\.csv, line 3: .*UTF-8"):
        decode(b"a\nb\ncaf\xe9\nd\xe9", Encoding.UTF8, "movies.csv")


def test_latin1_and_a_copy_saved_as_utf8() -> None:
    assert decode(b"caf\xe9", Encoding.LATIN1, "movies.dat") == "café"
    assert decode("café".encode(), Encoding.LATIN1, "movies.dat") == "café"
    assert decode(b"caf\xe9", Encoding.EITHER, "movies.dat") == "café"


@pytest.mark.parametrize("encoding", [Encoding.UTF8, Encoding.LATIN1, Encoding.EITHER])
def test_letters_that_an_earlier_program_lost_are_refused(encoding: Encoding) -> None:
    with pytest.raises(BadEncoding, match=r"movies\.dat, line 2: "):
        decode("fine\ncaf\ufffd\n".encode(), encoding, "movies.dat")


def test_lost_letters_are_found_among_latin1_ones() -> None:
    with pytest.raises(BadEncoding, match="line 12:"):
        decode(b"caf\xe9\n" + "caf\ufffd".encode(), Encoding.LATIN1, "movies.dat", first_line=11)


def test_utf16_is_refused_rather_than_read_as_noise() -> None:
    with pytest.raises(BadEncoding, match="line 1:"):
        decode("movieId,title\n".encode("utf-16"), Encoding.UTF8, "movies.csv")


def test_our_own_files_may_hold_what_somebody_typed() -> None:
    assert decode("odd \ufffd\n".encode(), Encoding.OURS, "viewers.csv") == "odd \ufffd\n"
    with pytest.raises(BadEncoding, match=r"viewers\.csv, line 2: "):
        decode(b"fine\ncaf\xe9\n", Encoding.OURS, "viewers.csv")
