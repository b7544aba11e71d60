"""A screen that nobody sees: the app runs without a terminal, follows the player, and gives its text and pictures."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from engine.replay.steps import Screenshot
from engine.text import plain
from tui.replay.cast import Cast
from tui.replay.frames import Reel
from tui.replay.scrubber import Place
from tui.replay.stage import ReplayApp

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.replay.lines import Script
    from engine.replay.outcome import Outcome
    from engine.service.service import Service
    from tui.replay.frames import Frame

T = TypeVar("T")

_PATIENCE_S = 60.0
"""Longest wait for a picture."""


@contextlib.contextmanager
def open_screen(service: Service, script: Script, size: tuple[int, int]) -> Iterator[HiddenScreen]:
    """The app for one script, in a thread of its own; pictures are written when the script is over."""
    screen = HiddenScreen(service, script, size)
    try:
        yield screen
        screen.finish()
    finally:
        screen.close()


class HiddenScreen:
    """What the player knows as a screen."""

    def __init__(self, service: Service, script: Script, size: tuple[int, int]) -> None:
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
        self._thread = threading.Thread(target=self._run, name="hidden-screen", daemon=True)
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
        moments = frame.moments() if self._cast else [(frame, 0.0)]
        for moment, seconds in moments:
            self._ask(lambda moment=moment: self._show(moment))  # type: ignore[misc]
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
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(_PATIENCE_S)

    async def _show(self, frame: Frame) -> None:
        place = Place(self._script.about.title, frame.number - 1, len(self._script.lines), len(self._reel.frames))
        with self._app._context():  # as Textual's Pilot does: the work comes from outside the app
            await self._app.show_frame(frame, place, self._reel.records_of(frame))
            await self._app.workers.wait_for_complete()
            await self._pilot.pause()

    async def _text(self) -> str:
        return "\n".join(strip.text for strip in self._app.screen._compositor.render_strips())

    async def _lines(self) -> list[str]:
        console = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
        return [strip.render(console) for strip in self._app.screen._compositor.render_strips()]

    async def _export(self) -> str:
        return self._app.export_screenshot(title=plain(f"Matinée: {self._script.about.title}"))
