"""What one viewer does between login and logout, and what the screen knows of it.

No Textual in here: the app gives a way to run a call on the store's thread and a way to tell of changes, so that a test
can drive a session alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.service.messages import Explained, ListReady, Looked, StatusChanged
from engine.types import (
    LENSES,
    MIDDLE,
    Diversity,
    EngineStatus,
    Movie,
    RatingEvent,
    Reason,
    Recommendations,
    User,
    WatchKind,
)
from tui.state.half_stars import stepped, toggled_half
from tui.state.lab import Lab
from tui.state.moves import Move, moves
from tui.state.predictions import PredictionTable
from tui.state.training_log import TrainingLog
from tui.state.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from engine.service.messages import Reply
    from engine.service.protocols import ViewerService
    from engine.snapshots import Subject

Change = Literal["ratings", "list", "predictions", "selection", "toggles", "playback", "status", "reasons", "lab"]
_ACTION_S = 10.0
"""For so long after the viewer did something, the arrows of the list compare with the list before it."""
_ACKNOWLEDGED_S = 2.0
"""How long the tick beside a stored rating stays."""


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A change of stars that can be undone."""

    movie_id: int
    before: int | None
    """Half stars before it."""


class ViewerSession:
    """One viewer at the screen."""

    def __init__(
        self,
        service: ViewerService,
        user: User,
        ratings: dict[int, RatingEvent],
        *,
        run: Callable[[Callable[[], object]], Awaitable[object]],
        changed: Callable[[Change], None],
        diversity: Diversity | None = None,
        lens: int = MIDDLE,
        speed: int = 60,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.service = service
        self.user = user
        self.half_stars = {movie_id: event.half_stars for movie_id, event in ratings.items() if event.half_stars}
        """Current ratings, as the store acknowledged them."""
        self.pending: dict[int, int | None] = {}
        """Ratings on their way to the store."""
        self.acknowledged: dict[int, float] = {}
        """When (by the clock) a rating's COMMIT was reported."""
        self.undoable: list[RatingChange] = []
        """The viewer's changes of stars, oldest first."""
        self.recommendations: Recommendations | None = None
        self.baseline: tuple[int, ...] = ()
        """The list before the viewer's last action: what the arrows compare with."""
        self.predictions = PredictionTable()
        self.diversity = diversity or Diversity()
        self.lens = lens
        """0 (familiar) to 4 (loved)."""
        self.selected: Movie | None = None
        self.watching = Watching(service, user, run=run, changed=lambda: changed("playback"), speed=speed)
        self.list_ms: float | None = None
        """From the key press to the new list, the last time."""
        self.training_log = TrainingLog()
        self.reasons: dict[int, tuple[Reason, ...]] = {}
        """Why, for the movies that were asked about."""
        self.lab = Lab()
        self._status = service.engine.status
        self._run = run
        self._changed = changed
        self._clock = clock
        self._asked: dict[int, float] = {}
        self._newest_request = 0
        self._acted_at = float("-inf")

    # ----------------------------------------------------------------------------------------------------- the list

    @property
    def listed(self) -> tuple[int, ...]:
        """The movies of the list as shown."""
        return tuple(item.movie_id for item in self.recommendations.items) if self.recommendations else ()

    @property
    def moves(self) -> tuple[Move, ...]:
        """What moved since the viewer's last action; empty while there is nothing to compare with."""
        return moves(self.baseline, self.listed) if self.baseline else ()

    def ask(self, since: float | None = None) -> None:
        """Ask the engine for the list; `since` is when the viewer pressed the key for it."""
        request_id = self.service.request_list(self.user.user_id, diversity=self.diversity, lens=self.lens)
        self._newest_request = request_id
        if since is not None:
            self._asked[request_id] = since

    def take(self, reply: Reply | PredictionTable) -> None:
        """Update the session with what the engine says."""
        if isinstance(reply, ListReady):
            self._take_list(reply.recommendations)
        elif isinstance(reply, PredictionTable):
            if reply.user_id == self.user.user_id:
                self.predictions = reply
                self._changed("predictions")
        elif isinstance(reply, Explained):
            self.reasons[reply.movie_id] = reply.reasons
            self._changed("reasons")
        elif isinstance(reply, Looked):
            if reply.view.user_id == self.user.user_id:
                self.lab.take(reply.view)
                self._changed("lab")
        elif isinstance(reply, StatusChanged):
            self._follow(reply.status)

    def _take_list(self, made: Recommendations) -> None:
        if made.user_id != self.user.user_id or made.request_id < self._newest_request:
            return
        self._keep_baseline(made)
        self.recommendations = made
        answered = [request_id for request_id in self._asked if request_id <= made.request_id]
        if answered:
            # A newer request may have superseded the one of the key press; its list answers both.
            self.list_ms = (self._clock() - min(self._asked.pop(request_id) for request_id in answered)) * 1000
        if self.selected is None and made.items:
            self.select(made.items[0].movie_id)
        self._changed("list")

    def _follow(self, status: EngineStatus) -> None:
        """New weights, or an engine that is back, make a new list."""
        before, self._status = self._status, status
        if status.trained_seq != before.trained_seq or (status.state == "ready" and before.state != "ready"):
            self.ask()
        self._changed("status")

    def read_records(self) -> int:
        """Add the engine's new records to the log; the number returned changes with every record and every rating."""
        self.training_log.extend(self.service.engine.records)
        return self.training_log.last + len(self.training_log.ratings)

    def ask_why(self, movie_id: int) -> None:
        """Ask which ratings speak for a movie."""
        self.service.engine.explain(self.user.user_id, movie_id, self.lens)

    def look(self, *subjects: Subject) -> None:
        """Ask to be shown something of the model; `lab` changes when it is there."""
        for subject in subjects:
            self.service.engine.look(self.user.user_id, subject)

    def _remember_list(self) -> None:
        """The viewer did something: the next lists compare with the one of now."""
        self.baseline = self.listed
        self._acted_at = self._clock()

    def _keep_baseline(self, made: Recommendations) -> None:
        """A list that moves long after the last action moves by training: it compares with the one before it."""
        new = tuple(item.movie_id for item in made.items)
        if self.listed and new != self.listed and self._clock() - self._acted_at > _ACTION_S:
            self.baseline = self.listed

    # -------------------------------------------------------------------------------------------------------- stars

    def stars_of(self, movie_id: int) -> int | None:
        """Half stars as the viewer sees them: those on their way count."""
        return self.pending[movie_id] if movie_id in self.pending else self.half_stars.get(movie_id)

    def just_saved(self, movie_id: int) -> bool:
        """True for a moment after the store acknowledged."""
        return self._clock() - self.acknowledged.get(movie_id, float("-inf")) < _ACKNOWLEDGED_S

    async def rate(self, movie_id: int, half_stars: int | None, *, undoable: bool = True) -> None:
        """Store stars (None takes them back), then ask for the list; MatineeError when the store refuses."""
        pressed = self._clock()
        before = self.stars_of(movie_id)
        if half_stars is None and before is None:
            return
        self.pending[movie_id] = half_stars
        self._changed("ratings")
        try:
            await self._run(lambda: self._store_stars(movie_id, half_stars))
        finally:
            if self.pending.get(movie_id, half_stars) == half_stars:
                self.pending.pop(movie_id, None)
                self._changed("ratings")
        self._acknowledge(movie_id, half_stars, pressed)
        if undoable:
            self.undoable.append(RatingChange(movie_id, before))
        self._changed("ratings")

    def _store_stars(self, movie_id: int, half_stars: int | None) -> RatingEvent:
        if half_stars is None:
            return self.service.take_back(self.user.user_id, movie_id)
        return self.service.rate(self.user.user_id, movie_id, half_stars / 2)

    def _acknowledge(self, movie_id: int, half_stars: int | None, pressed: float) -> None:
        if half_stars is None:
            self.half_stars.pop(movie_id, None)
        else:
            self.half_stars[movie_id] = half_stars
        self.acknowledged[movie_id] = self._clock()
        self.training_log.mark_rating()
        self._remember_list()
        self.ask(pressed)

    async def half(self, movie_id: int) -> None:
        """Half a star on or off."""
        await self.rate(movie_id, toggled_half(self.stars_of(movie_id)))

    async def step(self, movie_id: int, step: int) -> None:
        """Half a star up or down."""
        await self.rate(movie_id, stepped(self.stars_of(movie_id), step))

    async def undo(self) -> Movie | None:
        """Undo the last change of stars; the movie, or None when there is nothing to undo."""
        if not self.undoable:
            return None
        change = self.undoable.pop()
        await self.rate(change.movie_id, change.before, undoable=False)
        return self.service.catalogue.by_id.get(change.movie_id)

    # ------------------------------------------------------------------------------------------ diversity, the lens

    def diversify(self, *, on: bool | None = None, strength: float | None = None, method: str | None = None) -> None:
        """Change the toggle, its strength or its method, and ask for the list."""
        wanted = self.diversity
        if on is not None:
            wanted = replace(wanted, on=on)
        if strength is not None:
            wanted = replace(wanted, strength=round(max(0.0, min(1.0, strength)), 2))
        if method is not None:
            wanted = replace(wanted, method=method)  # type: ignore[arg-type]
        if wanted == self.diversity:
            return
        self.diversity = wanted
        self._ask_anew()

    def look_through(self, lens: int) -> None:
        """Move the lens, 0 (familiar) to 4 (loved), and ask for the list."""
        lens = max(0, min(len(LENSES) - 1, lens))
        if lens != self.lens:
            self.lens = lens
            self._ask_anew()

    def _ask_anew(self) -> None:
        self._remember_list()
        self._changed("toggles")
        self.ask(self._clock())

    # ------------------------------------------------------------------------------------------------ what is shown

    def select(self, movie_id: int) -> None:
        """Show a movie in Now."""
        movie = self.service.catalogue.by_id.get(movie_id)
        if movie is not None and movie != self.selected:
            self.selected = movie
            self._changed("selection")

    async def note_opened(self, movie_id: int) -> None:
        """Note that the viewer opened a movie's page."""
        await self._run(lambda: self.service.watch(self.user.user_id, movie_id, WatchKind.OPENED))

    async def note_search(self, text: str, genre: str | None) -> None:
        """Note a search that the viewer settled on; off the screen's thread, as it may wait for the engine."""
        await self._run(lambda: self.service.searched(text, genre))

    def movies(self, movie_ids: Sequence[int]) -> list[Movie]:
        """Those that the catalogue knows."""
        return [self.service.catalogue.by_id[each] for each in movie_ids if each in self.service.catalogue.by_id]
