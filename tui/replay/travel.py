"""Going back, branching and going on: the app that shows tracks and the app that lives take turns on the terminal.

A branch is played on a copy of everything, from the beginning up to its step, and then gone on with by the viewer.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.replay.fresh import FreshStores, FromStore
from engine.replay.observed import ObservedService
from engine.replay.told import ToldService
from engine.replay.transcript import data_of
from engine.text import plain
from tui.launch import ScreenBroke, one_line, run_app
from tui.replay.following import Following
from tui.replay.making import Making
from tui.replay.opened import OpenedApp
from tui.replay.show import ShowApp, Spot
from tui.replay.tracks import Track

if TYPE_CHECKING:
    from typing import Self

    from engine.replay.fresh import Origin
    from engine.replay.lines import Script
    from engine.service.service import Service
    from engine.service.settings import Settings


class Travel:
    """The tracks of one evening, and what fills them."""

    def __init__(self, settings: Settings, origin: Origin | None = None) -> None:
        self._settings = settings
        self._fresh = FreshStores(settings, origin=origin, tell=self._tell)
        self._makings: list[Making] = []
        self._following: dict[str, Following] = {}
        self.tracks: list[Track] = []
        self.spot = Spot()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for following in self._following.values():
            following.close()
        self._fresh.rest()
        for making in self._makings:
            making.end()
        with self._fresh:
            pass

    def _tell(self, text: str) -> None:
        for track in self.tracks:
            if not track.reel.done and not track.ready:
                track.doing = text

    # --------------------------------------------------------------------------------------------------------- tracks

    def play(self, script: Script, preset: str, seed: int) -> None:
        """The track of a script; it begins to be made."""
        track = Track(script.name, script.about, list(script.lines), doing="making a fresh database", path=script.path)
        self._settings = replace(self._settings, preset=preset, seed=seed)
        self._begin(track, script, stay=False)

    def branch(self) -> None:
        """A track that shares its beginning with the one that is looked at."""
        parent, at = self.tracks[self.spot.track], self.spot.at
        name = f"branch {sum(track.parent is not None for track in self.tracks) + 1}"
        steps = parent.reel.frames[at].number
        track = Track(
            name, parent.about, parent.lines[:steps], parent=parent, leaves_at=steps,
            doing="making a copy of the database", path=parent.path,
        )  # fmt: skip
        self.spot = Spot(len(self.tracks), speed=self.spot.speed, playing=False, on_ready=True)
        self._begin(track, parent.script(steps), stay=True)

    def _begin(self, track: Track, script: Script, *, stay: bool) -> None:
        self.tracks.append(track)
        wanted = self._settings
        making = Making(track, self._fresh, script=script, preset=wanted.preset, seed=wanted.seed, stay=stay)
        self._makings.append(making)
        making.start()

    # --------------------------------------------------------------------------------------------------- taking turns

    def look(self) -> Track | None:
        """Show the tracks until somebody goes on with one (it is returned) or leaves (None)."""
        while True:
            app = ShowApp(self.tracks, self.spot)
            run_app(app)
            self.spot = app.spot
            self.spot.on_ready = False
            if app.leaving.kind == "branch":
                self.branch()
            elif app.leaving.kind == "go_on":
                return self.tracks[self.spot.track]
            else:
                return None

    def live(self, track: Track) -> bool:
        """Go on with a track at the screen; whether its viewer wants to see the tracks again, or leaves the evening."""
        service = track.service
        assert service is not None
        if isinstance(service, ToldService) and track.parent is not None:
            if track.name not in self._following:
                self._following[track.name] = Following(service, track)
            service.teach()
        last = track.reel.frames[-1] if track.reel.frames else None
        user = last.user.name if last and last.user else None
        app = OpenedApp(service, user=user, diversity=last.diversity if last else None)
        run_app(app)
        self.spot = Spot(self.tracks.index(track), max(0, track.ready - 1), playing=False, speed=self.spot.speed)
        return app.wants_timeline or track.parent is not None


def show(script: Script, settings: Settings, preset: str, seed: int, speed: float) -> int:
    """`matinee replay --show`; the exit code. What did not come true in the script is told when the screen is left."""
    try:
        with Travel(settings) as travel:
            travel.play(script, preset, seed)
            travel.spot.speed = speed
            while track := travel.look():
                travel.live(track)
            played = travel.tracks[0]
            sys.stderr.write("".join(f"matinee: {plain(failure)}\n" for failure in played.failures))
            return played.exit_code
    except ScreenBroke as broke:
        sys.stderr.write(f"matinee: {one_line(broke.failure)}\n")
        return 1


def evening(service: Service, track: Track) -> None:
    """From a live session to its timeline and back, as often as its viewer wants; returns when the evening is over."""
    assert isinstance(service, ObservedService)
    wanted, data = service.settings, data_of(service, service.moment.get("rating_events"))
    track.about = replace(track.about, preset=wanted.preset, seed=wanted.seed, data=data)
    with Travel(service.settings, FromStore(service.store, service.moment)) as travel:
        travel.tracks.append(track)
        travel.spot = Spot(at=max(0, track.ready - 1), playing=False)
        while chosen := travel.look():
            if not travel.live(chosen):
                return
