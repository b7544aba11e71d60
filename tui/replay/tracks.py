"""Tracks of time: a session's frames, made by a script that is played or by a viewer at the screen, and branches."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.replay.lines import Line, Script
from engine.replay.steps import Session
from tui.replay.frames import Reel

if TYPE_CHECKING:
    from engine.replay.steps import Step
    from engine.service.service import Service


@dataclass(slots=True)
class Track:
    """One course of events."""

    name: str
    about: Session
    lines: list[Line]
    """Its steps; those after the frames are still to come."""
    reel: Reel = field(default_factory=Reel)
    parent: Track | None = None
    leaves_at: int = 0
    """Steps that it shares with its parent."""
    service: Service | None = None
    """Where it can be gone on with; None when it can only be looked at."""
    doing: str = ""
    """What is being made ready, until the first frame comes."""
    failures: list[str] = field(default_factory=list)
    """What did not come true in its script, a line each, with its place."""
    exit_code: int = 0
    """That of a replay which ended so."""
    path: Path = Path("session.yaml")
    """Of the script that it was made from; files to import lie beside it."""

    @property
    def ready(self) -> int:
        """Frames that can be shown."""
        return len(self.reel.frames)

    @property
    def of(self) -> int:
        """Steps in all."""
        return max(1, self.ready, len(self.lines))

    @property
    def steps(self) -> list[Step]:
        """As a script has them: first what it is about."""
        steps = [line.step for line in self.lines]
        return steps if steps and isinstance(steps[0], Session) else [self.about, *steps]

    def script(self, upto: int) -> Script:
        """Its first steps as a script."""
        return Script(self.path, tuple(self.lines[:upto]), self.about)
