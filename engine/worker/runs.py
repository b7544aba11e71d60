"""Training runs of one store: which one is due, what it learns from, and the model that comes out of it.

A run works on a model of its own in the trainer's thread and takes the serving model's place when it is done. Only
the very first full run shows its model while it trains: until then nobody has a better one.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import MatineeError
from engine.recommender import Recommender
from engine.training.validation import is_no_worse
from engine.worker.checkpoints import QUESTIONS, XLA
from engine.worker.data import RatingsLog, current, frame, latest, movie_frame
from engine.worker.drift import retraining_is_due
from engine.worker.options import WorkerOptions
from engine.worker.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from engine.runs import Outcome
    from engine.service.settings import Settings
    from engine.store import EventColumns
    from engine.types import Movie, RunKind, TrainingRecord
    from engine.worker.checkpoints import Checkpoints
    from engine.worker.diary import Diary

_log = logging.getLogger("matinee.worker.runs")
_MOST_INCREMENTAL = 0.2
"""More new events than this share of the log are learned by a full run: it is quicker then, and better."""


_ASKED = 12
"""Movies that the taste start asks about."""


@dataclass(slots=True)
class Run:
    """A run in progress."""

    kind: RunKind
    target_seq: int
    """The last rating event that it learns from."""
    began: float
    model: Recommender | None = None
    """What is trained; None until it is prepared."""
    trainer: Trainer | None = None
    by_drift: bool = False
    """Whether it was started because of drift."""
    take_over: bool = True
    """Whether its model serves even if it is worse than the one that serves."""
    dropped: str = ""
    """Why its model does not serve, if it does not."""


class Runs:
    """Starts, polls and ends runs, one at a time. Used by the loop's thread."""

    def __init__(
        self, ratings: RatingsLog, movies: Callable[[], list[Movie]], checkpoints: Checkpoints, settings: Settings,
        wake: Callable[[], None], options: WorkerOptions | None = None, diary: Diary | None = None,
    ) -> None:  # fmt: skip
        self._ratings = ratings
        self._movies = movies
        self._checkpoints = checkpoints
        self._settings = settings
        self._wake = wake
        self._options = options or WorkerOptions()
        self._diary = diary
        self._saved_at = -math.inf
        self._unsaved = False
        self._refused_seq = -1
        self._sound = True
        self._catalogue_is_old = False
        self._full_seq = 0
        """The last rating event that the last full training learned from, dropped or not."""
        self._trouble = ""
        """Why nothing can be saved, in the words of the last notice; empty while saving works."""
        self._unkept = ""
        """Why the last run could not be kept."""
        self.problems: list[str] = []
        """What went wrong without ending a run; the loop sends notices of it and empties it."""
        self.active: Run | None = None
        self.model: Recommender | None = None
        """What answers viewers."""
        self.trained_seq = 0
        """The last rating event in its weights; 0 while they are untrained."""

    @property
    def trained(self) -> bool:
        """Whether the model has weights that were ever trained."""
        return self.model is not None and self.trained_seq > 0

    @property
    def questions(self) -> tuple[int, ...]:
        """What the model that serves would ask a new viewer about, as of its last full training."""
        found = self.model.tags.get(QUESTIONS) if self.model is not None and self.trained else None
        return tuple(movie for movie in found if type(movie) is int) if isinstance(found, list) else ()

    @property
    def in_training(self) -> Recommender | None:
        """The model that a full run trains, once it has weights of its own; its best epoch so far answers."""
        model = self.active.model if self.active and self.active.kind == "full" else None
        return model if model is not None and model.trained else None

    @property
    def behind(self) -> int:
        """Rating events read but not in the weights; 0 when a run on them was refused, since none will come."""
        return 0 if self._ratings.seq == self._refused_seq else self._ratings.seq - self.trained_seq

    def restore(self) -> None:
        """Serve the newest good checkpoint, if there is one."""
        if self._ratings.unsaved:
            self._note_unsaved(self._ratings.unsaved)
        found = self._checkpoints.load()
        self.problems += found.problems
        if found.model:
            self.model, self.trained_seq = found.model, found.trained_seq
            self._full_seq = int(found.model.tags.get("full_seq", 0))

    @property
    def drift(self) -> float | None:
        """See `EngineStatus.drift`."""
        return self._options.drift_of(self.model) if self.model is not None and self.trained else None

    @property
    def drifted(self) -> bool:
        """Whether the model has drifted so far that a full run is due."""
        if self.model is None or not self.trained:
            return False
        return retraining_is_due(self.drift, self.model.state.config.drift_limit, self._ratings.seq, self._full_seq)

    def due(self) -> RunKind | None:
        """The run that new events or drift ask for; a full one also when there is no model at all."""
        if self.model is not None and not self.behind:
            return "full" if self.drifted else None
        if not self.trained or not self._sound or self.behind > _MOST_INCREMENTAL * self._ratings.seq:
            return "full"
        return "incremental"

    def start(
        self, kind: RunKind, epochs: int | None = None, *, by_drift: bool = False, take_over: bool = True
    ) -> None:
        """Start a run on all events read so far, in place of the one in progress."""
        self.end()
        run = Run(kind, self._ratings.seq, time.monotonic(), by_drift=by_drift, take_over=take_over and not by_drift)
        if kind == "incremental" and self.model is not None and self.trained and self._sound:
            records = self._incremental(run, self.model, self._ratings.after(self.trained_seq))
        else:
            run.kind = "full"
            records = self._full(run, self._ratings.columns, epochs)
        self.active = run
        if self._diary:
            self._diary.begin()
        _log.info("%s run started, up to rating event %d%s", run.kind, run.target_seq, " (drift)" if by_drift else "")
        run.trainer = Trainer(records, self._wake)

    def stop_full(self) -> None:
        """End the full run in progress, unless nothing trained serves without it; drift asks for no other at once."""
        run = self.active
        if run is not None and run.kind == "full" and self.trained:
            self.end()
            self._full_seq = run.target_seq

    def end(self, *, wait: bool = True) -> None:
        """End the run in progress. A full one is dropped; an incremental one is short, so it is let finish.

        Without `wait` a full run may go on for its present chunk.
        """
        run, self.active = self.active, None
        if run is None or run.trainer is None:
            return
        if run.kind == "full":
            _log.info("full run dropped: another run or the end was asked for")
            run.trainer.stop()
            self._write_down(run, "stopped", "another run or the end was asked for")
        if run.kind == "incremental" or wait:
            run.trainer.join()
        if run.kind == "incremental" and not run.trainer.error:
            for record in run.trainer.records():
                self._note(record)
            self._serve(run)

    def poll(self) -> list[TrainingRecord]:
        """The records since the last call. Serves the new model when it is done; raises what ended the run early."""
        run = self.active
        if run is None or run.trainer is None:
            return []
        ended = not run.trainer.running  # asked before the records are taken, so that none is left behind
        records = run.trainer.records()
        if not self.trained and run.model is not None:
            self.model = run.model
        for record in records:
            self._note(record)
            if record.event == "done":
                _log.info("%s run ended: %s", run.kind, _figures(record))
                self._serve(run)
        if ended:
            self.active = None
            if run.kind == "full":
                self._full_seq = run.target_seq
            if run.trainer.error:
                self._give_up(run)
                self._write_down(run, "failed", str(run.trainer.error))
                raise run.trainer.error
        return records

    def _serve(self, run: Run) -> None:
        if run.dropped:
            self.problems.append(run.dropped)
            self._write_down(run, "dropped", run.dropped)
            return
        self.model, self.trained_seq = run.model, run.target_seq
        self._write_down(run, "serves")

    def _note(self, record: TrainingRecord) -> None:
        if self._diary:
            self._diary.note(record)

    def _write_down(self, run: Run, outcome: Outcome, why: str = "") -> None:
        """Keep what became of a run; a folder that can't be written costs the curve, not the run."""
        if self._diary is None:
            return
        try:
            self._diary.end(run.kind, run.model, run.target_seq, outcome, why)
        except OSError as error:
            _log.warning("a run could not be kept: %s", error)
            trouble = error.strerror or str(error)
            if trouble != self._unkept:
                self._unkept = trouble
                self.problems.append(f"Training runs can't be kept beside the database ({trouble}); training goes on.")

    def _give_up(self, run: Run) -> None:
        """Do not try the same again. After a broken incremental run only a full one gives a sound model."""
        self._refused_seq = run.target_seq
        self._sound = run.kind == "full"

    def note_new_events(self, new: EventColumns) -> None:
        """Add the catalogue's new movies to the model if events just read mention one that it does not know."""
        if self.model is not None and any(movie not in self.model.movies for movie in set(new.movie_id.tolist())):
            self._catalogue_is_old = True
        self._add_movies()

    def _add_movies(self) -> None:
        """Add the catalogue's new movies to the model, once no run is at work on it."""
        if self.wants_movies and self.model is not None:
            self._catalogue_is_old = False
            new = [movie for movie in self._movies() if movie.movie_id not in self.model.movies]
            if new:
                self.model.add_movies(movie_frame(new))

    def catalogue_changed(self) -> None:
        """Note that there may be movies that the model does not know; `note_new_events` adds them."""
        self._catalogue_is_old = True

    @property
    def wants_movies(self) -> bool:
        """Whether there may be new movies, and no run that keeps the model from taking them."""
        return self._catalogue_is_old and self.active is None and self.model is not None

    def save(self) -> None:
        """Write what no checkpoint holds yet; for the end of the process."""
        if self._unsaved and self.model is not None:
            self._save(self.model, self.trained_seq, "incremental", 0.0)

    # ------------------------------------------------------------------------------------- in the trainer's thread

    def _full(self, run: Run, events: EventColumns, epochs: int | None) -> Generator[TrainingRecord]:
        wanted = self._settings
        model = Recommender.prepare(
            frame(current(events)), movie_frame(self._movies()), preset=wanted.preset, seed=wanted.seed,
            device=wanted.device, cache_dir=wanted.cache_path / XLA,
        )  # fmt: skip
        run.model = model
        self._wake()
        for record in model.train_steps(epochs):
            if record.event == "done":
                model.tags[QUESTIONS] = model.questions(_ASKED)
                run.dropped = self._why_dropped(run, model)
                if not run.dropped:
                    self._save(model, run.target_seq, run.kind, time.monotonic() - run.began)
            yield record

    def _why_dropped(self, run: Run, model: Recommender) -> str:
        """Why this model must not serve; empty when it may."""
        serving = self.model
        if run.take_over or serving is None or serving is model or not self.trained:
            return ""
        ours, theirs = self._options.errors(serving, model)
        if is_no_worse(theirs, ours):
            return ""
        cause = " because of drift" if run.by_drift else ""
        return (
            f"The full training{cause} was dropped: RMSE {theirs:.4f} on held-out ratings,"
            f" the model that serves has {ours:.4f}."
        )

    def _incremental(self, run: Run, serving: Recommender, new: EventColumns) -> Generator[TrainingRecord]:
        model = run.model = serving.fork()
        for record in model.learn_steps(frame(latest(new))):
            if record.event == "done":
                self._unsaved = True
                if time.monotonic() - self._saved_at >= self._options.save_every_s:
                    self._save(model, run.target_seq, run.kind, time.monotonic() - run.began)
            yield record

    def _save(self, model: Recommender, trained_seq: int, kind: RunKind, seconds: float) -> None:
        full_seq = trained_seq if kind == "full" else self._full_seq
        try:
            self._checkpoints.save(model, trained_seq, full_seq, kind, seconds)
        except OSError as error:
            self._note_unsaved(error)
        except MatineeError as error:
            self.problems.append(f"The model could not be saved: {error}. It is trained again at the next start.")
        else:
            self._trouble = ""
        self._saved_at, self._unsaved = time.monotonic(), False

    def _note_unsaved(self, error: OSError) -> None:
        """Note that the cache can't be written: once, until it can be written again."""
        trouble = error.strerror or str(error)
        if trouble != self._trouble:
            self._trouble = trouble
            self.problems.append(
                f"What was learned could not be saved in {self._checkpoints.folder}: {trouble}. Lists and training go"
                " on without it; the next start trains again."
            )


def _figures(done: TrainingRecord) -> str:
    """The last record of a run, for the log."""
    parts = [f"epoch {done.epoch} of {done.epochs}", f"{done.elapsed_s:.2f} s", f"compiling {done.compile_s:.2f} s"]
    parts += [f"validation RMSE {done.val_rmse:.4f}"] if done.val_rmse is not None else []
    parts += [f"NDCG@10 {done.val_ndcg10:.4f}"] if done.val_ndcg10 is not None else []
    parts += [f"drift {done.drift:+.4f}"] if done.drift is not None else []
    return ", ".join(parts)
