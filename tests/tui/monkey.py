"""A monkey at the keyboard: keys drawn at random over every screen, the timeline and its branches among them.

`python -m tests.tui.monkey --keys 10000 --size 80x24 --seed 1` is the long walk; a broken screen ends it with its seed
and the last keys.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter, deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen

from engine.replay.observed import ObservedService
from engine.replay.sandbox import Sandbox, Sandboxes
from engine.replay.steps import About
from engine.service.settings import Settings
from tests.service.fake import FakeService
from tui.app import MatineeApp
from tui.commands import COMMANDS
from tui.replay.live_track import LiveTrack
from tui.replay.timeline import TimelineApp
from tui.replay.track import Track
from tui.replay.travel import Travel

_LEAVING = ("q", "ctrl+q")
"""They end the walk, so they are left to other tests."""
_MOVES = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "enter", "escape")
_LETTERS = tuple("aeghlnrst ")
KEYS = (
    *sorted({key for command in COMMANDS for key in command.keys if key not in (*_LEAVING, "ctrl+s", "x")}),
    *_MOVES, *_LETTERS, "ctrl+p",
)  # fmt: skip
_PLACES_TO_TYPE = ("LoginScreen", "Palette")
_TYPED = 25
"""Keys after which somebody who only types on them goes on, with the keys that follow."""
_ON = ("escape", "ctrl+u", "enter")
_APPEARS_S = 2.0
"""A screen that is changed for another one is gone for some frames; black for longer is broken."""
_BURST = 6
"""Keys that are pressed at most without a rest: a fast typist's, or a held key's."""


class BrokenScreen(AssertionError):
    """The app ended by itself, or shows nothing."""


class Evening(FakeService):
    """In memory, with as much of a store as observers ask for."""

    def __init__(self) -> None:
        super().__init__(24)
        self.engine.start()

    @property
    def store(self) -> Any:
        return SimpleNamespace(user_by_id=self.people.__getitem__, imports=list)

    def close(self) -> None:
        """It serves the next app too."""


def observed() -> ObservedService:
    """As the launcher has it."""
    service = ObservedService(Evening())
    service.moment = {"rating_events": 0}
    return service


class NoSandboxes(Sandboxes):
    """For a service that needs no database."""

    def sandbox(self, name: str, preset: str, seed: int) -> Sandbox:
        return Sandbox(Settings(), int)


@dataclass
class Monkey:
    """Presses keys until it has pressed enough of them."""

    keys: int
    size: tuple[int, int]
    seed: int
    pressed: int = 0
    last: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    seen: Counter[str] = field(default_factory=Counter)
    """The screens on which a key was pressed."""
    typed: int = 0
    """Keys since the last one elsewhere than on a place to type."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def is_tired(self) -> bool:
        return self.pressed >= self.keys

    def walk(self, folder: Path) -> None:
        """From the log-in to the timeline and back, as often as the keys lead there."""
        service = observed()
        track = Track("this evening", About("This evening"), [])
        live = LiveTrack(service, track)
        with Travel(Settings(), NoSandboxes(Settings()), new_service=self._branch, run=self.drive) as travel:
            travel.tracks.append(track)
            user: str | None = "Ana"
            while not self.is_tired:
                app = MatineeApp(service, user=user, settings_path=folder / "settings.toml")
                self.drive(app)
                user = app.session.user.name if app.session else None
                if app.wants_timeline:
                    self._look(travel)
        live.close()

    def _branch(self, sandbox: Sandbox) -> AbstractContextManager[ObservedService]:
        return nullcontext(observed())

    def _look(self, travel: Travel) -> None:
        while not self.is_tired and (chosen := travel.look()):
            if chosen.parent is None or not travel.live(chosen):
                return

    def drive(self, app: MatineeApp) -> None:
        """One app, until it ends."""
        try:
            asyncio.run(self._drive(app))
        except Exception as error:
            raise BrokenScreen(self._words(f"{type(error).__name__}: {error}")) from error
        if app.failure is not None:
            raise BrokenScreen(self._words(repr(app.failure))) from app.failure

    async def _drive(self, app: MatineeApp) -> None:
        async with app.run_test(size=self.size, notifications=True) as pilot:
            while not self.is_tired and app.is_running and not app._exit:
                for _ in range(self.random.randint(1, _BURST)):
                    self._press(app)
                await pilot.pause(self.random.choice((0, 0, 0.01, 0.06)))
                await self._await_a_screen(app, pilot)
            if self.is_tired and isinstance(app, TimelineApp):
                app.leaving = "quit"
            await pilot.pause()
        app.store_thread.shutdown(wait=True)

    async def _await_a_screen(self, app: MatineeApp, pilot: Pilot[Any]) -> None:
        until = time.monotonic() + _APPEARS_S
        while type(app.screen) is Screen and app.is_running and not app._exit:
            if time.monotonic() > until:
                raise BrokenScreen("nothing is shown")
            await pilot.pause(0.02)

    def _press(self, app: MatineeApp) -> None:
        """Put a key into the app's queue, as the terminal's driver does."""
        if not app.screen_stack or app._exit:
            return
        self.typed = self.typed + 1 if type(app.screen).__name__ in _PLACES_TO_TYPE else 0
        key = self.random.choice(KEYS) if self.typed <= _TYPED else _ON[(self.typed - _TYPED - 1) % len(_ON)]
        self.pressed += 1
        self.last.append(key)
        self.seen[type(app.screen).__name__] += 1
        app.post_message(Key(key, key if len(key) == 1 else None))

    def _words(self, what: str) -> str:
        return f"seed {self.seed}, size {self.size}, key {self.pressed}: {what}; the last keys: {' '.join(self.last)}"


def main() -> int:
    """The long walk."""
    parser = argparse.ArgumentParser(description="Press keys at random over every screen.")
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="120x36")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    monkey = Monkey(asked.keys, (width, height), asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        monkey.walk(Path(folder))
    sys.stdout.write(f"{monkey.pressed} keys, no broken screen; {dict(monkey.seen.most_common())}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
