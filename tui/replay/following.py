"""The frames of a session that a viewer makes at the screen: of every deed, with the list that it led to."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.replay import places
from engine.replay.hearing import Made
from engine.replay.lines import Line
from engine.replay.names import Movies
from engine.replay.outcome import Outcome, Seat
from engine.replay.steps import Diversify, Login, Open, Rate, Step, TakeBack, Wait, Watch
from engine.replay.told import ToldService
from engine.service.messages import ListReady, PredictionsReady, StatusChanged
from engine.types import WatchKind
from tui.replay.frames import ratings_of

if TYPE_CHECKING:
    from engine.replay.observed import ObservedService
    from engine.service.messages import Reply
    from engine.types import EngineStatus, Movie
    from tui.replay.tracks import Track

_DEEDS = (Login, Rate, TakeBack, Diversify)
"""Steps before which the list is kept, to compare with."""


class Following:
    """Adds to a track whatever is done with a service, until `close`. Called on any thread."""

    def __init__(self, service: ObservedService, track: Track) -> None:
        self._service = service
        self._track = track
        self._tells_waits = isinstance(service, ToldService)
        """Whether the service itself tells when the model has learned."""
        self._lock = threading.Lock()
        self._seats: dict[int, Seat] = {}
        self._half_stars: dict[int, dict[int, int]] = {}
        self._seat: Seat | None = None
        self._open: ListReady | None = None
        self._behind = False
        self._go_on_from_the_last_frame()
        track.service = service
        track.reel.listen(service)
        self._ends = (service.observe(self._hear_step), service.engine.subscribe(self._hear_engine))

    def close(self) -> None:
        """Follow no more."""
        for end in self._ends:
            end()
        self._track.reel.close()

    def _go_on_from_the_last_frame(self) -> None:
        """In a branch somebody is at the screen already."""
        last = self._track.reel.frames[-1] if self._track.reel.frames else None
        if last and last.user:
            self._seat = Seat(last.user, last.diversity)
            self._seats[last.user.user_id] = self._seat
            self._half_stars[last.user.user_id] = dict(last.half_stars)
            if last.made and last.predictions:
                self._seat.now = Made(last.made, last.predictions.unpacked())

    # ---------------------------------------------------------------------------------------------------- what is done

    def _hear_step(self, step: Step) -> None:
        with self._lock:
            if isinstance(step, Login):
                user = self._service.viewer(step.name)
                self._seat = self._seats.setdefault(user.user_id, Seat(user))
                self._half_stars.setdefault(user.user_id, ratings_of(self._service, user))
            seat = self._seat
            if isinstance(step, Diversify) and seat:
                changed = {name: getattr(step, name) for name in ("on", "strength", "method")}
                given = {name: value for name, value in changed.items() if value is not None}
                seat.diversity = replace(seat.diversity, **given)
            if isinstance(step, _DEEDS) and seat:
                seat.before = seat.now
            self._add(step)

    def _add(self, step: Step) -> None:
        number = len(self._track.lines) + 1
        line = Line(step, number, number)
        self._track.lines.append(line)
        seat, movie = self._seat, self._movie(step)
        outcome = Outcome(line, movie=movie)
        if isinstance(step, Watch) and movie:
            outcome = replace(outcome, facts=self._watched(movie))
        if seat:
            before = seat.before.recommendations if seat.before else None
            outcome = replace(outcome, user=seat.user, diversity=seat.diversity, shown=seat.now, before=before)
        self._track.reel.add(outcome, self._rated(step))

    def _rated(self, step: Step) -> dict[int, int]:
        """The viewer's ratings, as the steps changed them: nothing is read on the thread of a key press."""
        if self._seat is None:
            return {}
        rated = self._half_stars.setdefault(self._seat.user.user_id, {})
        named = Movies.of(self._service.catalogue).named
        if isinstance(step, Rate):
            rated.update({named(name).movie_id: round(stars * 2) for name, stars in step.stars.items()})
        elif isinstance(step, TakeBack):
            for name in step.movies:
                rated.pop(named(name).movie_id, None)
        return rated

    def _movie(self, step: Step) -> Movie | None:
        named = Movies.of(self._service.catalogue).named
        if isinstance(step, Rate):
            return named(list(step.stars)[-1])
        if isinstance(step, TakeBack):
            return named(step.movies[-1])
        return named(step.movie) if isinstance(step, Watch | Open) else None

    def _watched(self, movie: Movie) -> dict[str, object]:
        """Where the playback that has just ended began and ended."""
        assert self._seat is not None
        events = self._service.watch_history(self._seat.user.user_id)
        own = [event for event in events if event.movie_id == movie.movie_id]
        begin = next((event.seconds or 0 for event in own if event.kind is WatchKind.STARTED), 0)
        end = own[0] if own else None
        how = "finished" if end and end.kind is WatchKind.FINISHED else "abandoned"
        return {"from": begin, "to": (end.seconds if end else 0) or 0, "of": places.length(movie), "how": how}

    # --------------------------------------------------------------------------------------------- what the engine says

    def _hear_engine(self, reply: Reply) -> None:
        with self._lock:
            if isinstance(reply, ListReady):
                self._open = reply
            elif isinstance(reply, PredictionsReady) and self._open:
                self._take(Made(self._open.recommendations, reply.predictions))
                self._open = None
            elif isinstance(reply, StatusChanged):
                self._take_status(reply.status)

    def _take(self, made: Made) -> None:
        """A list: that of the newest step, if it is the viewer's."""
        seat = self._seats.get(made.recommendations.user_id)
        if seat is not None:
            seat.now = made
            seat.first = seat.first or made
            if seat is self._seat and self._is_of_the_newest(made):
                self._track.reel.amend(made)

    def _is_of_the_newest(self, made: Made) -> bool:
        """Whether the newest step led to it, and not what the model has learned since."""
        frames = self._track.reel.frames
        before = frames[-1].outcome.made if frames else None
        return before is None or before.trained_seq == made.recommendations.trained_seq

    def _take_status(self, status: EngineStatus) -> None:
        learned = self._behind and status.state == "ready" and not status.ratings_behind
        self._behind = status.ratings_behind > 0
        if learned and self._seat and not self._tells_waits:
            self._add(Wait())
