"""A screen without a terminal: the app shows what a player does, and gives texts, pictures and an asciicast of it.

The recordings are asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): a JSON line with the size, then a
line for each change with its second. A picture is written as the lines that differ from the one before, each put in its
place by a cursor movement, so that a recording of minutes stays small.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from engine.replay.steps import Screenshot
from engine.text import json_line, plain
from tui.replay.app import ReplayApp
from tui.replay.scrubber import PlayedPart
from tui.replay.track import Reel

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.replay.outcome import Outcome
    from engine.replay.script import Script
    from engine.service.protocols import PlayerService
    from tui.replay.frames import Frame

T = TypeVar("T")

_PATIENCE_S = 60.0
"""Longest wait for a picture."""
_BEGIN = "\x1b[?25l\x1b[2J"
_END = "\x1b[0m\x1b[?25h"


@contextlib.contextmanager
def open_screen(service: PlayerService, script: Script, size: tuple[int, int]) -> Iterator[HeadlessScreen]:
    """The app for one script, in a thread of its own; pictures are written when the script is over."""
    screen = HeadlessScreen(service, script, size)
    try:
        yield screen
        screen.finish()
    finally:
        screen.close()


class HeadlessScreen:
    """What the player knows as a screen."""

    def __init__(self, service: PlayerService, script: Script, size: tuple[int, int]) -> None:
        self._script = script
        self._reel = Reel()
        self._reel.listen(service)
        self._size = size
        self._cast: Cast | None = None
        self._cast_path: Path | None = None
        self._svg: Path | None = None
        self._speed = 1.0
        self._ready: Future[tuple[ReplayApp, Pilot[None]]] = Future()
        self._over: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="headless-screen", daemon=True)
        self._thread.start()
        self._app, self._pilot = self._ready.result(_PATIENCE_S)

    def keep(self, *, cast: Path | None, svg: Path | None, speed: float = 1.0) -> None:
        """Record the screens as an asciicast, and keep a picture of each step in a folder."""
        self._cast_path, self._svg, self._speed = cast, svg, speed
        if cast:
            self._cast = Cast(self._size, self._script.about.title)
        if svg:
            svg.mkdir(parents=True, exist_ok=True)

    # ------------------------------------------------------------------------------------------- what the player asks

    def show(self, outcome: Outcome) -> None:
        """Show where a step has led, and keep it where that is wanted."""
        frame = self._reel.add(outcome)
        pictures = frame.pictures() if self._cast else [(frame, 0.0)]
        for picture, seconds in pictures:
            self._ask(lambda picture=picture: self._show(picture))  # type: ignore[misc]
            if self._cast:
                self._cast.add(self._ask(self._lines), seconds / self._speed)
        if self._svg:
            self._keep_picture(self._svg, outcome)

    def text(self) -> str:
        """What stands on it."""
        return self._ask(self._text)

    def svg(self) -> str:
        """A picture of it."""
        return self._ask(self._export)

    def finish(self) -> None:
        """Write the recording."""
        if self._cast and self._cast_path:
            self._cast.write(self._cast_path)

    def close(self) -> None:
        """End the app."""
        self._reel.close()
        if self._loop and self._over:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_PATIENCE_S)

    def _keep_picture(self, folder: Path, outcome: Outcome) -> None:
        step = outcome.line.step
        name = (
            step.file if isinstance(step, Screenshot) else f"{self._script.name}-{outcome.line.number:03}-{step.WORD}"
        )
        path = folder / (name if name.endswith(".svg") else f"{name}.svg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.svg(), encoding="utf-8")

    # ------------------------------------------------------------------------------------------- in the app's thread

    def _run(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        app = ReplayApp(self._script.about)
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with app.run_test(size=self._size) as pilot:
                self._ready.set_result((app, pilot))
                await self._over.wait()
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            raise
        finally:
            app.store_thread.shutdown()

    def _ask(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Have something done by the app, and wait for it."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(self._in_the_app(work), self._loop).result(_PATIENCE_S)

    async def _in_the_app(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """As Textual's Pilot does: the work comes from outside the app, and may draw what is not drawn yet."""
        with self._app._context():
            return await work()

    async def _show(self, frame: Frame) -> None:
        progress = PlayedPart(
            self._script.about.title, frame.number - 1, len(self._script.lines), len(self._reel.frames)
        )
        await self._app.show_frame(frame, progress, self._reel.records_of(frame))
        await self._app.workers.wait_for_complete()
        await self._pilot.pause()

    async def _text(self) -> str:
        return "\n".join(strip.text for strip in self._app.screen._compositor.render_strips())

    async def _lines(self) -> list[str]:
        console = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
        return [strip.render(console) for strip in self._app.screen._compositor.render_strips()]

    async def _export(self) -> str:
        return self._app.export_screenshot(title=plain(f"Matinée: {self._script.about.title}"))


class Cast:
    """An asciicast that grows with each picture."""

    def __init__(self, size: tuple[int, int], title: str) -> None:
        self._header = {"version": 2, "width": size[0], "height": size[1], "title": plain(title)}
        self._events: list[tuple[float, str]] = []
        self._lines: list[str] = []
        self._at = 0.0

    def add(self, lines: list[str], seconds: float) -> None:
        """A picture (lines with their escape sequences) that stays for some seconds."""
        text = "" if self._events else _BEGIN
        for row, line in enumerate(lines):
            if row >= len(self._lines) or line != self._lines[row]:
                text += f"\x1b[{row + 1};1H\x1b[0m{line}"
        if text:
            self._events.append((self._at, text))
        self._lines = lines
        self._at += seconds

    def text(self) -> str:
        """The file's content."""
        events = [*self._events, (self._at, _END)]
        rows = [json_line(self._header)]
        rows += [json_line([round(at, 3), "o", text]) for at, text in events]
        return "\n".join(rows) + "\n"

    def write(self, path: Path) -> None:
        """Make the file."""
        path.write_text(self.text(), encoding="utf-8")
