"""Going back, branching and going on: the app that shows tracks and the app that lives take turns on the terminal.

A branch is played in a sandbox, from the beginning up to its step, and then the viewer goes on with it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from engine.replay.sandbox import FromStore, Sandboxes
from engine.text import plain
from engine.types import MIDDLE
from tui.app import MatineeApp
from tui.replay.background_player import BackgroundPlayer, service_in
from tui.replay.live_track import LiveTrack
from tui.replay.timeline import TimelineApp, View
from tui.replay.track import Track
from tui.terminal import ScreenBroke, exit_code, one_line, run_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from engine.replay.observed import ObservedService
    from engine.replay.script import Script
    from engine.service.protocols import ViewerService
    from engine.service.settings import Settings
    from engine.types import Diversity, User
    from tui.replay.background_player import NewService


class LiveApp(MatineeApp):
    """The app on a service that may be open already, with the diversity and the lens that were chosen there."""

    def __init__(
        self, service: ViewerService, *, user: str | None, diversity: Diversity | None, lens: int = MIDDLE
    ) -> None:
        super().__init__(service, user=user)
        self._diversity, self._lens = diversity, lens

    async def log_in(self, user: User, *, new: bool = False) -> None:
        """Log in, and put the toggles where they were left."""
        await super().log_in(user, new=new)
        if self._diversity is not None and self.session is not None:
            wanted, self._diversity = self._diversity, None
            self.session.diversify(on=wanted.on, strength=wanted.strength, method=wanted.method)
            self.session.look_through(self._lens)


class Travel:
    """The tracks of one evening, and what fills them."""

    def __init__(
        self,
        settings: Settings,
        sandboxes: Sandboxes,
        *,
        new_service: NewService = service_in,
        run: Callable[[MatineeApp], None] = run_app,
    ) -> None:
        """`new_service` opens the service of a sandbox; `run` puts an app on the terminal until it ends."""
        self._settings = settings
        self._sandboxes = sandboxes
        self._new_service = new_service
        self._run = run
        self._players: list[BackgroundPlayer] = []
        self._live: dict[str, LiveTrack] = {}
        self.tracks: list[Track] = []
        self.view = View()
        self.ended_by: int | None = None
        """The signal that ended an app: no other follows it then."""
        sandboxes.tell = self._tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for live in self._live.values():
            live.close()
        self._sandboxes.stop_engine()
        for player in self._players:
            player.end()
        self._sandboxes.close()

    def _tell(self, text: str) -> None:
        for track in self.tracks:
            if not track.reel.done and not track.ready:
                track.doing = text

    # --------------------------------------------------------------------------------------------------------- tracks

    def play(self, script: Script, preset: str, seed: int) -> None:
        """Begin to play a script into a track."""
        track = Track(script.name, script.about, list(script.lines), doing="making a fresh database", path=script.path)
        self._settings = replace(self._settings, preset=preset, seed=seed)
        self._begin(track, script, stay=False)

    def branch(self) -> None:
        """Begin a track that shares its beginning with the one that is looked at."""
        parent, at = self.tracks[self.view.track], self.view.at
        name = f"branch {sum(track.parent is not None for track in self.tracks) + 1}"
        steps = parent.reel.frames[at].number
        track = Track(
            name, parent.about, parent.lines[:steps], parent=parent, doing="making a copy of the database",
            path=parent.path,
        )  # fmt: skip
        self.view = View(len(self.tracks), speed=self.view.speed, playing=False, on_ready=True)
        self._begin(track, parent.script(steps), stay=True)

    def _begin(self, track: Track, script: Script, *, stay: bool) -> None:
        self.tracks.append(track)
        player = BackgroundPlayer(
            track, script, self._sandboxes, preset=self._settings.preset, seed=self._settings.seed, stay=stay,
            new_service=self._new_service,
        )  # fmt: skip
        self._players.append(player)
        player.start()

    def wait(self) -> None:
        """Wait until all scripts have been played."""
        for player in self._players:
            player.join()

    # --------------------------------------------------------------------------------------------------- taking turns

    def look(self) -> Track | None:
        """Show the tracks until somebody goes on with one (it is returned) or leaves (None)."""
        while True:
            app = TimelineApp(self.tracks, self.view)
            self._run(app)
            self.view, self.ended_by = app.view, app.ended_by
            self.view.on_ready = False
            if self.ended_by is not None:
                return None
            if app.leaving == "branch":
                self.branch()
            elif app.leaving == "go_on":
                return self.tracks[self.view.track]
            else:
                return None

    def live(self, track: Track) -> bool:
        """Go on with a track at the screen; whether its viewer wants to see the tracks again, or leaves the evening."""
        service = track.service
        assert service is not None
        if track.parent is not None:
            if track.name not in self._live:
                self._live[track.name] = LiveTrack(service, track)
            service.pace.begin()
        last = track.reel.frames[-1] if track.reel.frames else None
        user = last.user.name if last and last.user else None
        diversity, lens = (last.diversity, last.lens) if last else (None, MIDDLE)
        app = LiveApp(service, user=user, diversity=diversity, lens=lens)
        self._run(app)
        self.view = View(self.tracks.index(track), max(0, track.ready - 1), playing=False, speed=self.view.speed)
        self.ended_by = app.ended_by
        return self.ended_by is None and (app.wants_timeline or track.parent is not None)


def show(
    script: Script, settings: Settings, preset: str, seed: int, speed: float, *, travel: Travel | None = None
) -> int:
    """`matinee replay --show`; the exit code. What did not come true in the script is said when the screen is left."""
    try:
        with travel or Travel(settings, Sandboxes(settings)) as travel:
            travel.play(script, preset, seed)
            travel.view.speed = speed
            while track := travel.look():
                travel.live(track)
                if travel.ended_by is not None:
                    break
            if travel.ended_by is not None:
                return exit_code(travel.ended_by)
            played = travel.tracks[0]
            sys.stderr.write("".join(f"matinee: {plain(failure)}\n" for failure in played.failures))
            return played.exit_code
    except ScreenBroke as broke:
        sys.stderr.write(f"matinee: {one_line(broke.failure)}\n")
        return 1


def evening(service: ObservedService, track: Track, *, run: Callable[[MatineeApp], None] = run_app) -> int | None:
    """From a live session to its timeline and back, as often as its viewer wants, until the evening is over.

    The signal that ended it, None where the viewer did.
    """
    wanted, data = service.settings, service.data_name(service.moment.get("rating_events"))
    track.about = structs.replace(track.about, preset=wanted.preset, seed=wanted.seed, data=data)
    sandboxes = Sandboxes(wanted, origin=FromStore(service.store, service.moment))
    with Travel(wanted, sandboxes, run=run) as travel:
        travel.tracks.append(track)
        travel.view = View(at=max(0, track.ready - 1), playing=False)
        while (chosen := travel.look()) and travel.live(chosen):
            pass
        return travel.ended_by
