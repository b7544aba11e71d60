"""The wire to a server is cut at any word of a rating, COMMIT before all; each rating must be there exactly once."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from engine.errors import StoreUnreachable
from engine.store import Store, open_store
from engine.types import RatingEvent
from tests.faults.outcomes import Outcomes, compare
from tests.faults.proxy import Proxy
from tests.store import databases

_WORDS = (b"COMMIT", b"COMMIT", b"START TRANSACTION", b"UPDATE counters", b"INSERT INTO rating_events")


def run(seed: int, count: int, engine: str = "mysql") -> Outcomes:
    """Rate `count` times; each time the wire is cut once or twice, before or after a word has passed."""
    chosen = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="matinee-faults-") as folder,
        databases.fresh(engine, Path(folder)) as url,
        closing(Proxy(url.host, url.port)) as proxy,
        # Not encrypted: the proxy must be able to read.
        open_store(replace(url, host="127.0.0.1", port=proxy.port, tls=(("ssl_disabled", True),))) as cut_off,
    ):
        cut_off.add_user("Ana")
        cut_off.add_movie("Alien")
        outcomes = Outcomes()
        events = [_rate(cut_off, proxy, chosen, step, outcomes) for step in range(count)]
        acknowledged = [event for event in events if event is not None]
        with open_store(url) as store:
            outcomes.add(compare(store, acknowledged, tries=proxy.cuts, refused=count - len(acknowledged)))
        return outcomes


def _rate(store: Store, proxy: Proxy, chosen: random.Random, step: int, outcomes: Outcomes) -> RatingEvent | None:
    """One rating under one or two cuts; None when it ended in an error."""
    proxy.cut_before = proxy.cut_after = None
    for where in chosen.choice((["cut_before"], ["cut_after"], ["cut_after", "cut_before"])):
        setattr(proxy, where, chosen.choice(_WORDS))
    with outcomes.within_time(f"rating {step}"):
        try:
            return store.rate(1, 1, chosen.randint(1, 10) / 2, rated_at=step)
        except StoreUnreachable as error:
            outcomes.message(str(error), f"rating {step}")
            return None
