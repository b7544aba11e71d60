"""Plays a script on a service: the same one that the screens drive, and no other way to the engine or the store.

The engine must be one that trains only when it is asked (`auto_train=False`), so that nothing depends on the clock: a
list is made after every action, from weights that change at `train` and `wait` only. While a run is in progress that
the script does not wait for, lists depend on how far it is; they are made, but no transcript has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError, MatineeError, UnknownUser, UsageError
from engine.replay import values
from engine.replay.checks import Check, Seen, check
from engine.replay.listener import EngineListener
from engine.replay.names import MovieNames, check_inside
from engine.replay.outcome import Outcome, ViewerState
from engine.replay.rules import range_faults
from engine.replay.steps import (
    About,
    AddMovie,
    Diversify,
    Engine,
    Expect,
    Import,
    LensStep,
    Login,
    Note,
    Open,
    Rate,
    Screenshot,
    Search,
    Step,
    TakeBack,
    Train,
    Wait,
    Watch,
)
from engine.store import resolve_url
from engine.store.events import half_stars_of
from engine.types import LENSES, WatchKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.replay.outcome import Screen
    from engine.replay.script import Script, ScriptLine
    from engine.service.protocols import PlayerService
    from engine.types import TrainingRecord, User

LENGTH = 5
"""Movies of a list."""
PATIENCE_S = 600.0
"""Longest wait for the engine: a full training of a large data set takes minutes."""
_SHOWN_AT = 10
"""A watched movie is noted at each such part of it."""


class Player:
    """One script on one service, whose store is open and whose engine runs."""

    def __init__(
        self, script: Script, service: PlayerService, screen: Screen | None = None,
        patience: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self._script = script
        self._service = service
        self._screen = screen
        self._listener = EngineListener(service, patience)
        self._movies = MovieNames.of(service.catalogue)
        self._viewers: dict[int, ViewerState] = {}
        self._current: ViewerState | None = None
        self._settled = True
        self._trained: list[TrainingRecord] = []
        self._last_trained: TrainingRecord | None = None

    def play(self) -> Iterator[Outcome]:
        """Play step by step; ends after the last one, or after the first that failed."""
        try:
            self._get_ready()
            for line in self._script.lines:
                outcome = self._play(line)
                if self._screen:
                    self._screen.show(outcome)
                yield outcome
                if not outcome.passed:
                    return
        finally:
            self._listener.close()

    def _get_ready(self) -> None:
        """Before the first step the model has learned all there is."""
        self._listener.wait_idle()
        status = self._service.engine.status
        if status.state == "loading":
            self._run("full")
        elif status.ratings_behind:
            self._run("incremental")
        self._trained.clear()

    def _play(self, line: ScriptLine) -> Outcome:
        outcome = Outcome(line)
        try:
            outcome = _DO[type(line.step)](self, outcome, line.step)
        except MatineeError as error:
            outcome = replace(outcome, failure=self._without_folders(str(error)))
        state = self._current
        trained, self._trained = tuple(self._trained), []
        if state is None:
            return replace(outcome, trained=trained)
        before = state.before.recommendations if state.before else None
        return replace(
            outcome, user=state.user, diversity=state.diversity, lens=state.lens, settled=self._settled,
            shown=state.now, before=before, trained=trained,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------- actions of the viewer

    @property
    def _viewer(self) -> ViewerState:
        if self._current is None:
            raise EngineError("nobody is logged in")
        return self._current

    def _login(self, outcome: Outcome, step: Login) -> Outcome:
        user = self._service.new_viewer(step.name) if step.new else self._viewer_of(step)
        self._current = self._viewers.setdefault(user.user_id, ViewerState(user))
        done = self._act(replace(outcome, facts={"user_id": user.user_id}))
        self._current.first = self._current.now
        return done

    def _viewer_of(self, step: Login) -> User:
        """The viewer of a login, with the ratings that they had when it was recorded."""
        if step.began_with is None:
            return self._service.viewer(step.name)
        try:
            user = self._service.viewer(step.name)
        except UnknownUser:
            user = self._service.new_viewer(step.name)
        had, has = step.began_with, self._service.ratings(user.user_id)
        for movie, stars in ((self._movies.named(name), stars) for name, stars in had.items()):
            if movie.movie_id not in has or has[movie.movie_id].stars != stars:
                self._service.rate(user.user_id, movie.movie_id, stars)
        if had and self._service.engine.status.state != "loading":
            self._listener.wait_acknowledged()
            if self._service.engine.status.ratings_behind:
                self._run("incremental")
                self._trained.clear()  # no step of the script asked for it
        return user

    def _search(self, outcome: Outcome, step: Search) -> Outcome:
        hits = tuple(self._service.catalogue.search(step.text, step.genre))
        if self._current:
            self._current.hits = hits
        return replace(outcome, facts={"hits": len(hits), "found": [movie.label for movie in hits[:LENGTH]]})

    def _open(self, outcome: Outcome, step: Open) -> Outcome:
        movie = self._movies.named(step.movie)
        user_id = self._viewer.user.user_id
        self._service.watch(user_id, movie.movie_id, WatchKind.OPENED)
        reasons = self._listener.why(user_id, movie.movie_id, self._viewer.lens) if self._settled else ()
        why = [{"movie": self._movies.name_of(each.movie_id), "share": each.share} for each in reasons]
        return replace(outcome, movie=movie, reasons=reasons, facts={"why": why} if why else {})

    def _watch(self, outcome: Outcome, step: Watch) -> Outcome:
        """Note what the app notes when a movie plays: its start, every tenth of it, and how it ended."""
        movie, user_id = self._movies.named(step.movie), self._viewer.user.user_id
        length = values.length(movie)
        begin = self._service.watch_position(user_id, movie.movie_id) or 0
        end = length if step.seconds is None else min(length, begin + step.seconds)
        end = values.seconds(step.until, movie) if step.until else end
        self._service.watch(user_id, movie.movie_id, WatchKind.STARTED, begin)
        tenths = range(begin * _SHOWN_AT // length + 1, end * _SHOWN_AT // length + 1)
        for at in (tenth * length // _SHOWN_AT for tenth in tenths):
            if at < end:
                self._service.watch(user_id, movie.movie_id, WatchKind.PROGRESS, at)
        last = WatchKind.FINISHED if end >= length else WatchKind.ABANDONED
        self._service.watch(user_id, movie.movie_id, last, end)
        return replace(outcome, movie=movie, facts={"from": begin, "to": end, "of": length, "how": last.name.lower()})

    def _rate(self, outcome: Outcome, step: Rate) -> Outcome:
        movies = [(self._movies.named(name), stars) for name, stars in step.stars.items()]
        for _movie, stars in movies:
            half_stars_of(stars)  # all are good before the first is written
        for movie, stars in movies:
            self._service.rate(self._viewer.user.user_id, movie.movie_id, stars)
        return self._act(replace(outcome, movie=movies[-1][0], facts={"ratings": len(movies)}))

    def _take_back(self, outcome: Outcome, step: TakeBack) -> Outcome:
        movies = [self._movies.named(name) for name in step.movies]
        for movie in movies:
            self._service.take_back(self._viewer.user.user_id, movie.movie_id)
        return self._act(replace(outcome, movie=movies[-1]))

    def _diversify(self, outcome: Outcome, step: Diversify) -> Outcome:
        _refuse_out_of_range(step)
        self._viewer.diversity = replace(self._viewer.diversity, **step.given)
        return self._act(outcome)

    def _look_through(self, outcome: Outcome, step: LensStep) -> Outcome:
        self._viewer.lens = LENSES.index(step.at)
        return self._act(outcome)

    def _act(self, outcome: Outcome) -> Outcome:
        """After a change: keep the list of before, and make a new one."""
        self._viewer.before = self._viewer.now
        return self._new_list(outcome)

    def _new_list(self, outcome: Outcome) -> Outcome:
        state = self._viewer
        state.now = self._listener.list_of(state.user.user_id, LENGTH, state.diversity, state.lens)
        self._listener.wait_acknowledged()  # the status then has all that was done
        return replace(outcome, new_list=state.now.recommendations)

    # ------------------------------------------------------------------------------------- the engine, the catalogue

    def _train(self, outcome: Outcome, step: Train) -> Outcome:
        _refuse_out_of_range(step)
        if not step.wait:
            self._service.train(step.run, step.epochs)
            self._listener.wait_acknowledged()  # what is rated from here on is not in this run
            self._settled = False
            return outcome
        self._run(step.run, step.epochs)
        self._settled = True
        return self._act(outcome)

    def _wait(self, outcome: Outcome, _step: Wait) -> Outcome:
        self._listener.wait_idle()
        self._take_ends()
        if self._service.engine.status.ratings_behind:
            self._run("incremental")
        self._settled = True
        return self._new_list(outcome)

    def _run(self, run: Any, epochs: int | None = None) -> None:
        """Train to the end."""
        known = len(self._listener.ended)
        self._service.train(run, epochs)
        self._listener.wait_idle()
        if len(self._listener.ended) == known:
            raise EngineError(self._service.engine.status.detail or "the training gave no result")
        self._take_ends()

    def _take_ends(self) -> None:
        self._trained += self._listener.ended
        self._listener.ended.clear()
        self._last_trained = self._trained[-1] if self._trained else self._last_trained

    def _engine(self, outcome: Outcome, _step: Engine) -> Outcome:
        """Kill the engine's process: what is asked of it meanwhile is answered by the next one."""
        self._service.engine.kill()
        if self._settled:
            return self._act(outcome)
        self._listener.wait_idle()  # a run that was killed begins again, and must not read what is rated from here on
        return outcome

    def _import(self, outcome: Outcome, step: Import) -> Outcome:
        """As `matinee import --merge` does beside a running app."""
        path = check_inside(self._script.path.parent, step.path)
        reading = self._service.import_dataset(path, step.format)
        self._movies = MovieNames.of(self._service.catalogue)
        self._listener.wait_idle()
        facts = {
            "users": reading.users,
            "movies": reading.movies,
            "ratings": reading.ratings,
            "skipped": reading.skipped,
        }
        return self._act(replace(outcome, facts=facts))

    def _add_movie(self, outcome: Outcome, step: AddMovie) -> Outcome:
        movie = self._service.add_movie(
            step.title, step.year, step.genres, step.runtime, step.director, step.country, step.synopsis
        )
        self._movies = MovieNames.of(self._service.catalogue)
        self._listener.wait_idle()
        return self._act(replace(outcome, movie=movie, facts={"movie_id": movie.movie_id}))

    # ---------------------------------------------------------------------------------------------- looking, showing

    def _expect(self, outcome: Outcome, step: Expect) -> Outcome:
        checks = check(step, self._seen(step))
        if step.when is not None:
            checks.append(self._must_fail(outcome, step.when, step.error or ""))
        return replace(outcome, checks=tuple(checks))

    def _must_fail(self, outcome: Outcome, when: Any, wanted: str) -> Check:
        what, expected = f"error of `{when.WORD}`", repr(wanted)
        try:
            _DO[type(when)](self, outcome, when)
        except MatineeError as error:
            said = self._without_folders(str(error))
            return Check(what, expected, repr(said), wanted.casefold() in said.casefold())
        return Check(what, expected, "no error", held=False)

    def _without_folders(self, message: str) -> str:
        """A message as it is on every machine: no path of a temporary database, none to the script's folder."""
        folder = self._script.path.parent
        for prefix in (f"{folder.resolve()}/", f"{folder}/"):
            message = message.replace(prefix, "")
        return message.replace(str(resolve_url(self._service.settings.database)), "the database")

    def _seen(self, step: Expect) -> Seen:
        state = self._viewer
        before = state.first if step.since == "login" else state.before
        return Seen(
            user_id=state.user.user_id,
            now=state.now.recommendations if state.now else None,
            before=before.recommendations if before else None,
            service=self._service,
            movies=self._movies,
            predicted=state.now.stars() if state.now else {},
            predicted_before=before.stars() if before else {},
            hits=state.hits,
            trained=self._last_trained,
            status=self._service.engine.status,
            screen=self._screen.text if self._screen else str,
        )

    def _say(self, outcome: Outcome, _step: Step) -> Outcome:
        return outcome


def _refuse_out_of_range(step: Step) -> None:
    """UsageError for a number that means nothing; the reader lets it pass where a step must fail."""
    if fault := next(range_faults(step), None):
        raise UsageError(fault)


_DO: dict[type[Step], Callable[[Player, Outcome, Any], Outcome]] = {
    About: Player._say,
    Login: Player._login,
    Search: Player._search,
    Open: Player._open,
    Watch: Player._watch,
    Rate: Player._rate,
    TakeBack: Player._take_back,
    Diversify: Player._diversify,
    LensStep: Player._look_through,
    Train: Player._train,
    Wait: Player._wait,
    Import: Player._import,
    AddMovie: Player._add_movie,
    Engine: Player._engine,
    Screenshot: Player._say,
    Note: Player._say,
    Expect: Player._expect,
}
