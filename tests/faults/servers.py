"""A server is killed (SIGKILL) and started again beneath four programs that rate; what they were told must be there."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from engine.store import open_store
from engine.types import RatingEvent
from tests.faults.killing import go
from tests.faults.making import MODULE
from tests.faults.outcomes import SLOW_S, Outcomes, compare
from tests.store import mariadb, programs

WRITERS = 4
_MOVIES = 5
_LATEST_S = 0.6


def run(seed: int, count: int) -> Outcomes:
    """Kill a MariaDB of one's own `count` times; skips where none is installed."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name, ExitStack() as stack:
        Path(name).chmod(0o755)  # the server may run as another user
        data, port = mariadb.make_data(Path(name)), mariadb.free_port()
        url = mariadb.url_of(port)
        server = mariadb.start(data, port)
        try:
            with open_store(url) as store:
                for number in range(_MOVIES):
                    store.add_movie(f"movie {number}")
                users = [store.add_user(f"viewer {number}").user_id for number in range(WRITERS)]
            writers = [
                stack.enter_context(programs.running("rate_on", url, user, _MOVIES, module=MODULE)) for user in users
            ]
            for writer in writers:
                go(writer)
            for _ in range(count):
                time.sleep(moments.uniform(0.05, _LATEST_S))
                server.kill()
                server.wait()
                server = mariadb.start(data, port)
            said = [line for writer in writers for line in _last_words(writer)]
            return _outcomes(url, said, count)
        finally:
            mariadb.stop(server)


def _last_words(writer: subprocess.Popen[str]) -> list[str]:
    """Let a program end by itself; all that it said."""
    return writer.communicate("end\n", timeout=60)[0].splitlines()


def _outcomes(url: object, said: list[str], count: int) -> Outcomes:
    acknowledged = [RatingEvent(*map(int, line.split()[1:])) for line in said if line.startswith("rated ")]
    refused = [line.removeprefix("refused ") for line in said if line.startswith("refused ")]
    with open_store(url) as store:  # type: ignore[arg-type]
        outcomes = compare(store, acknowledged, tries=count, refused=len(refused))
    for message in refused:
        outcomes.message(message, "a refused rating")
    waited = [float(line.split()[1]) for line in said if line.startswith("slowest ")]
    outcomes.expect(len(waited) == WRITERS, "writers", "a program ended otherwise")
    outcomes.slowest_s = max(waited, default=0.0)
    outcomes.expect(outcomes.slowest_s <= SLOW_S, "writers", f"an answer took {outcomes.slowest_s:.1f} s")
    return outcomes
