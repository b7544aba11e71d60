"""Texts that would steer a terminal go through the store, the commands and the screens: nothing raw comes out."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from unittest import mock

from engine.errors import MatineeError
from engine.store import Store, open_store
from tests.faults.outcomes import Outcomes
from tests.hostile import SEEN, dangers, hostile_texts
from tests.tui.hostile_screens import leaf_through, show_pages
from tui.main import main

_EACH = 100
"""Texts that go through the screens at once."""


def run(seed: int, count: int) -> Outcomes:
    """Send `count` different texts everywhere."""
    outcomes = Outcomes(tries=count)
    texts = [text.replace("\x00", "") for text in hostile_texts(count, seed)]  # which no argument can hold
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        folder = Path(name)
        for text in texts:
            label = f"seed {seed}, {text!r}"
            with outcomes.no_other_error(label), outcomes.within_time(label):
                _through_the_commands(text, folder, label, outcomes)
        for first in range(0, count, _EACH):
            label = f"seed {seed}, texts from {first}"
            with outcomes.no_other_error(label):
                _through_the_store(texts[first : first + _EACH], folder / f"{first}.db", label, outcomes)
                asyncio.run(leaf_through(texts[first : first + _EACH], folder))
                asyncio.run(show_pages(texts[first : first + _EACH], folder))
    return outcomes


def _through_the_commands(text: str, folder: Path, label: str, outcomes: Outcomes) -> None:
    for arguments in ((text,), (f"--{text}",), ("import", text), ("replay", text), ("doctor", "--device", text)):
        out, err = io.StringIO(), io.StringIO()
        at = mock.patch.dict(os.environ, {"MATINEE_DB": f"sqlite:///{folder}/none.db"})
        with at, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.suppress(SystemExit):
            main(list(arguments))
        said = out.getvalue() + err.getvalue()
        outcomes.expect(not dangers(said), label, f"raw text from {arguments[:1]}")
        outcomes.expect("Traceback" not in said, label, f"a traceback from {arguments[:1]}")


def _through_the_store(texts: list[str], path: Path, label: str, outcomes: Outcomes) -> None:
    """As names and titles that are refused or kept, and as rows that another program wrote."""
    with open_store(f"sqlite:///{path}") as store:
        for text in texts:
            _add(store, text, outcomes, label)
        movie = store.add_movie("Film", genres=["Drama"]).movie_id  # the last one
        for text in texts:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("UPDATE movies SET title = ?, synopsis = ? WHERE movie_id = ?", (text, text, movie))
            found = store.movies()[-1]
            shown = f"{found.title}{found.synopsis}"
            outcomes.expect(SEEN in shown and not dangers(shown), label, f"raw text from the store: {text!r}")
        names = [user.name for user in store.users(limit=len(texts))] + [film.title for film in store.movies()]
        outcomes.expect(not any(map(dangers, names)), label, "raw names from the store")


def _add(store: Store, text: str, outcomes: Outcomes, label: str) -> None:
    for write in (store.add_user, store.add_movie):
        try:
            write(text)
            outcomes.counts["kept"] += 1
        except MatineeError as error:
            outcomes.message(str(error), label)
            outcomes.counts["refused"] += 1
