"""The app that plays tracks with a scrubber: play and pause, step, seek, speed, branches, two of them side by side."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine import paths
from engine.replay.script import to_line
from tui.replay.app import ReplayApp
from tui.replay.compare import CompareScreen
from tui.replay.screens import ReplayHome, ReplayLab, ReplayMovie, TitleScreen
from tui.replay.scrubber import PlayedPart, Scrubber

if TYPE_CHECKING:
    from pathlib import Path

    from tui.replay.frames import Frame
    from tui.replay.track import Track

_LOOK_S = 0.05
"""Between two looks at the clock."""
Leaving = Literal["quit", "branch", "go_on"]
"""Why the app ends."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


@dataclass(slots=True)
class View:
    """Which frame of which track is looked at, and how it moves."""

    track: int = 0
    at: int = 0
    playing: bool = True
    speed: float = 1.0
    on_ready: bool = False
    """Whether to go on at once when the track's last step is there: it was branched off to do so."""


class TimelineApp(ReplayApp):
    """Shows tracks that others fill. What it shows is in `view`, also when it has ended."""

    def __init__(self, tracks: list[Track], view: View, *, save_in: Path | None = None) -> None:
        """`save_in`: where scripts are saved, if not in the data folder."""
        super().__init__(tracks[view.track].about)
        self.tracks = tracks
        self.view = view
        self._save_in = save_in or paths.data_dir() / "sessions"
        self.leaving: Leaving = "quit"
        self._pictures: list[tuple[Frame, float]] = []
        self._due = 0.0
        self._shown: tuple[object, ...] = ()

    def begin(self) -> None:
        """Look again and again."""
        self.set_interval(_LOOK_S, self._look)

    @property
    def track(self) -> Track:
        """The one that is looked at."""
        return self.tracks[self.view.track]

    # ---------------------------------------------------------------------------------------------------------- clock

    async def _look(self) -> None:
        """Show what is to be shown now."""
        view, track = self.view, self.track
        self.playhead.about = track.about
        if view.on_ready and track.service is not None:
            self._leave("go_on")
            return
        if view.on_ready:
            view.at = max(0, track.ready - 1)
        if not isinstance(self.screen, TitleScreen | ReplayHome | ReplayMovie | ReplayLab):
            return  # something lies over the replay, and is not to be taken away by its next step
        if self.frame is not self._wanted() or not self._pictures:
            await self._begin_frame()
        elif view.playing and self.clock() >= self._due:
            await self._next_picture()
        self._refresh_line()

    def _wanted(self) -> Frame | None:
        """The first picture of the step that is looked at, or the one that is shown if that is a later one of it."""
        frames = self.track.reel.frames
        if not frames:
            return None
        self.view.at = max(0, min(self.view.at, len(frames) - 1))
        frame = frames[self.view.at]
        return self.frame if self.frame is not None and self.frame.outcome is frame.outcome else frame

    async def _begin_frame(self) -> None:
        frames = self.track.reel.frames
        if not frames:
            return
        self._pictures = frames[self.view.at].pictures()
        if not self.view.playing:
            self._pictures = self._pictures[-1:]
        await self._show_picture()

    async def _next_picture(self) -> None:
        if len(self._pictures) > 1:
            del self._pictures[0]
            await self._show_picture()
        elif self.view.at + 1 < self.track.ready:
            self.view.at += 1
            await self._begin_frame()
        elif self.track.reel.done:
            self.view.playing = False

    async def _show_picture(self) -> None:
        frame, seconds = self._pictures[0]
        self._due = self.clock() + seconds / self.view.speed
        await self.show_frame(frame, self._line(), self.track.reel.records_of(frame))

    def _line(self) -> PlayedPart:
        view, track = self.view, self.track
        name = f"{track.name} ({view.track + 1} of {len(self.tracks)})" if len(self.tracks) > 1 else ""
        return PlayedPart(
            track.about.title, view.at, track.of, track.ready, view.playing, view.speed, track.reel.failure or "", name,
            "" if track.reel.done else track.doing,
        )  # fmt: skip

    def _refresh_line(self) -> None:
        head = self.playhead
        head.progress = self._line()
        if self._shown != (head.progress, head.about):
            self._shown = (head.progress, head.about)
            self.redraw()

    # ------------------------------------------------------------------------------------------------------- commands

    def do_play(self) -> None:
        """Play or pause; from the end, from the beginning again."""
        view = self.view
        view.playing = not view.playing
        if view.playing and self.track.reel.done and view.at + 1 >= self.track.ready:
            view.at = 0
        self._due = 0.0

    def do_step_on(self) -> None:
        """One further."""
        self.seek(self.view.at + 1)

    def do_step_back(self) -> None:
        """One back."""
        self.seek(self.view.at - 1)

    def do_to_start(self) -> None:
        """The first."""
        self.seek(0)

    def do_to_end(self) -> None:
        """The last that is there."""
        self.seek(self.track.ready - 1)

    def seek(self, at: int) -> None:
        """Stop at a step."""
        self.view.playing = False
        self.view.at = max(0, min(at, self.track.ready - 1))

    def on_scrubber_sought(self, event: Scrubber.Sought) -> None:
        """A click on the bar."""
        self.seek(event.at)

    def do_replay_slower(self) -> None:
        """More time for each step."""
        self._change_speed(-1)

    def do_replay_faster(self) -> None:
        """Less time for each step."""
        self._change_speed(1)

    def _change_speed(self, steps: int) -> None:
        nearest = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - self.view.speed))
        self.view.speed = SPEEDS[max(0, min(len(SPEEDS) - 1, nearest + steps))]

    def do_next_track(self) -> None:
        """Another branch, at the same step as far as it goes."""
        if len(self.tracks) < 2:
            self.notify("There is one track only. Press b to branch off at this step.", timeout=3)
            return
        self.view.track = (self.view.track + 1) % len(self.tracks)
        self.view.playing = False
        self._pictures = []

    def do_branch(self) -> None:
        """Do something else from here on."""
        if self.frame is None or self.frame.user is None:
            self.notify("Nobody is logged in at this step; go on to a later one.", severity="warning", timeout=3)
        else:
            self._leave("branch")

    def do_go_on(self) -> None:
        """Where this track goes on."""
        if self.track.service is None:
            self.notify("This track can only be looked at. Press b to branch off here, and go on there.", timeout=4)
        else:
            self._leave("go_on")

    def do_back(self) -> None:
        """To where the track goes on, if it does."""
        if self.track.service is not None:
            self._leave("go_on")

    def do_compare(self) -> None:
        """Two lists side by side."""
        if self.frame is not None and self.frame.recommendations is not None:
            self.push_screen(CompareScreen(self.tracks, self.view.track, self.frame))

    def do_export(self) -> None:
        """The steps as a script."""
        folder = self._save_in
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = unused(folder, self.track.name.replace(" ", "-"))
            path.write_text("".join(map(to_line, self.track.steps)), encoding="utf-8")
        except OSError as error:
            self.notify(f"The session can't be saved: {error}", severity="error")
        else:
            self.notify(f"Saved {path}", title="Session")

    def _leave(self, kind: Leaving) -> None:
        self.leaving = kind
        self.exit()


def unused(folder: Path, name: str) -> Path:
    """A name for a script that no other has: what was saved before stays."""
    names = (f"{name}{'' if number == 1 else f'-{number}'}.yaml" for number in itertools.count(1))
    return next(path for each in names if not (path := folder / each).exists())
