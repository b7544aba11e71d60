"""An evening as a script, played in memory, and the app that shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from engine.replay.outcome import Outcome
from engine.replay.player import Player
from engine.replay.reader import parse
from engine.replay.report import Report, play
from engine.replay.script import Script
from tests.service.fake import FakeService
from tests.tui.conftest import until
from tui.replay.timeline import TimelineApp, View
from tui.replay.track import Track

LOGIN = "- login: Ana\n"
RATED = LOGIN + "- rate: {Alien: 5}\n"
EVENING = """
- session: {title: An evening, story: Somebody watches a film.}
- login: Ana
- note: This is for the class.
- rate: {Alien: 5}
- search: brazil
- open: Stalker
- watch: {movie: Brazil, until: 50%}
- diversity: on
- expect: {screen: [For you, 1 rating, Blade Runner]}
"""


def script(text: str = EVENING) -> Script:
    return parse(text.encode(), Path("evening.yaml"))


def service(movies: int = 24) -> FakeService:
    fake = FakeService(movies)
    fake.engine.start()
    return fake


def track(name: str = "evening", text: str = EVENING) -> Track:
    """A track whose frames are all there."""
    fake, read = service(), script(text)
    made = Track(name, read.about, list(read.lines))
    made.reel.listen(fake)
    for outcome in Player(read, fake).play():
        made.reel.add(outcome)
    made.reel.done = True
    return made


async def shown(pilot: Pilot[None], at: int) -> None:
    app = pilot.app
    assert isinstance(app, TimelineApp)
    await until(pilot, lambda: app.frame is not None and app.frame.number == at + 1 and app.playhead.progress.at == at)


def app_on(*tracks: Track, at: int = 0, playing: bool = False, save_in: Path | None = None) -> TimelineApp:
    return TimelineApp(list(tracks), View(at=at, playing=playing), save_in=save_in)


def screen_text(app: TimelineApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def run(service: FakeService, text: str, on_step: Callable[[Outcome], None] = lambda outcome: None) -> Report:
    """Play a script in memory, without a screen."""
    return play(parse(text.encode(), Path("x.yaml")), service, on_step=on_step)
