"""The track of a session that a viewer makes at the screen: a frame of every action, with the list that it led to."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.replay import values
from engine.replay.listener import ListWithPredictions
from engine.replay.names import MovieNames
from engine.replay.outcome import Outcome, ViewerState
from engine.replay.script import ScriptLine
from engine.replay.steps import Diversify, LensStep, Login, Open, Rate, Step, TakeBack, Wait, Watch
from engine.service.messages import ListReady, PredictionsReady, StatusChanged
from engine.types import LENSES, WatchKind
from tui.replay.track import ratings_of

if TYPE_CHECKING:
    from engine.replay.observed import ObservedService
    from engine.service.messages import Reply
    from engine.types import EngineStatus, Movie
    from tui.replay.track import Track

_CHANGES_LIST = (Login, Rate, TakeBack, Diversify, LensStep)
"""Steps before which the list is kept, to compare with."""


class LiveTrack:
    """Adds to a track whatever is done with a service, until `close`. Called on any thread."""

    def __init__(self, service: ObservedService, track: Track) -> None:
        self.service = service
        self.track = track
        self._lock = threading.Lock()
        self._viewers: dict[int, ViewerState] = {}
        self._half_stars: dict[int, dict[int, int]] = {}
        self._current: ViewerState | None = None
        self._list: ListReady | None = None
        """A list whose predictions have not come yet."""
        self._is_behind = False
        """Whether there are ratings that the model has not learned."""
        self._go_on_from_the_last_frame()
        track.service = service
        track.reel.listen(service)
        self._ends = (service.log.observe(self._hear_step), service.engine.subscribe(self._hear_engine))

    def close(self) -> None:
        """Follow no more."""
        for end in self._ends:
            end()
        self.track.reel.close()

    def _go_on_from_the_last_frame(self) -> None:
        """In a branch somebody is at the screen already."""
        last = self.track.reel.frames[-1] if self.track.reel.frames else None
        if last and last.user:
            self._current = ViewerState(last.user, last.diversity, last.lens)
            self._viewers[last.user.user_id] = self._current
            self._half_stars[last.user.user_id] = dict(last.half_stars)
            if last.recommendations and last.predictions:
                self._current.now = ListWithPredictions(last.recommendations, last.predictions.unpacked())

    # ---------------------------------------------------------------------------------------------------- what is done

    def _hear_step(self, step: Step) -> None:
        with self._lock:
            if isinstance(step, Login):
                user = self.service.viewer(step.name)
                self._current = self._viewers.setdefault(user.user_id, ViewerState(user))
                self._half_stars.setdefault(user.user_id, ratings_of(self.service, user))
            state = self._current
            if isinstance(step, Diversify) and state:
                state.diversity = replace(state.diversity, **step.given)
            if isinstance(step, LensStep) and state:
                state.lens = LENSES.index(step.at)
            if isinstance(step, _CHANGES_LIST) and state:
                state.before = state.now
            self._add(step)

    def _add(self, step: Step) -> None:
        number = len(self.track.lines) + 1
        line = ScriptLine(step, number, number)
        self.track.lines.append(line)
        state, movie = self._current, self._movie(step)
        outcome = Outcome(line, movie=movie)
        if isinstance(step, Watch) and movie:
            outcome = replace(outcome, facts=self._watched(movie))
        if state:
            before = state.before.recommendations if state.before else None
            outcome = replace(
                outcome, user=state.user, diversity=state.diversity, lens=state.lens, shown=state.now, before=before
            )
        self.track.reel.add(outcome, self._rated(step))

    def _rated(self, step: Step) -> dict[int, int]:
        """The viewer's ratings, as the steps changed them: nothing is read on the thread of a key press."""
        if self._current is None:
            return {}
        rated = self._half_stars.setdefault(self._current.user.user_id, {})
        named = MovieNames.of(self.service.catalogue).named
        if isinstance(step, Rate):
            rated.update({named(name).movie_id: round(stars * 2) for name, stars in step.stars.items()})
        elif isinstance(step, TakeBack):
            for name in step.movies:
                rated.pop(named(name).movie_id, None)
        return rated

    def _movie(self, step: Step) -> Movie | None:
        named = MovieNames.of(self.service.catalogue).named
        if isinstance(step, Rate):
            return named(list(step.stars)[-1])
        if isinstance(step, TakeBack):
            return named(step.movies[-1])
        return named(step.movie) if isinstance(step, Watch | Open) else None

    def _watched(self, movie: Movie) -> dict[str, object]:
        """Where the playback that has just ended began and ended."""
        assert self._current is not None
        events = self.service.watch_history(self._current.user.user_id)
        own = [event for event in events if event.movie_id == movie.movie_id]
        begin = next((event.seconds or 0 for event in own if event.kind is WatchKind.STARTED), 0)
        end = own[0] if own else None
        how = "finished" if end and end.kind is WatchKind.FINISHED else "abandoned"
        return {"from": begin, "to": (end.seconds if end else 0) or 0, "of": values.length(movie), "how": how}

    # --------------------------------------------------------------------------------------------- what the engine says

    def _hear_engine(self, reply: Reply) -> None:
        with self._lock:
            if isinstance(reply, ListReady):
                self._list = reply
            elif isinstance(reply, PredictionsReady) and self._list:
                self._take_list(ListWithPredictions(self._list.recommendations, reply.predictions))
                self._list = None
            elif isinstance(reply, StatusChanged):
                self._take_status(reply.status)

    def _take_list(self, made: ListWithPredictions) -> None:
        """Keep a viewer's list; show it in the newest frame if that is the viewer's, and led to it."""
        state = self._viewers.get(made.recommendations.user_id)
        if state is not None:
            state.now = made
            state.first = state.first or made
            if state is self._current and self._is_of_the_newest(made):
                self.track.reel.amend(made)

    def _is_of_the_newest(self, made: ListWithPredictions) -> bool:
        """Whether the newest step led to a list, and not what the model has learned since."""
        frames = self.track.reel.frames
        before = frames[-1].outcome.new_list if frames else None
        return before is None or before.trained_seq == made.recommendations.trained_seq

    def _take_status(self, status: EngineStatus) -> None:
        has_learned = self._is_behind and status.state == "ready" and not status.ratings_behind
        self._is_behind = status.ratings_behind > 0
        if has_learned and self._current and not self.service.pace.logs_waits:
            self._add(Wait())
