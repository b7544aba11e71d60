"""What a session script is made of: one class a step. The reader, the JSON Schema and the writer follow these classes.

A script is a YAML list; every item is a mapping with one key, the step's word:

    - login: {name: Ana, new: true}
    - rate: {Stalker (1979): 5, Alien (1979): 4.5}
    - wait:
    - expect: {contains: Solaris (1972)}

`SHORT` names the field that a value without a mapping goes to (`login: Ana`); with `WHOLE` the mapping itself is that
field (`rate: {...}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Literal

import msgspec

from engine.replay.values import AnyStep, Count, Epochs, File, Genre, MovieName, Position, Stars, Strength
from engine.types import DiversityMethod, Lens, RunKind


class Part(msgspec.Struct, frozen=True):
    """A step, or a part of one."""

    SHORT: ClassVar[str] = ""
    WHOLE: ClassVar[str] = ""


class Step(Part, frozen=True):
    """One item of a script."""

    WORD: ClassVar[str]


class About(Step, frozen=True):
    """What the script is about. Stands first, or not at all."""

    WORD: ClassVar[str] = "session"
    SHORT: ClassVar[str] = "title"

    title: str
    """A few words."""
    story: str = ""
    """What happens and what it shows, for people."""
    preset: str | None = None
    """The model; `default` unless the command line says otherwise."""
    seed: Count | None = None
    """Seeds the split, the weights and the batches; 0 unless the command line says otherwise."""
    data: str | None = None
    """The data it was recorded on, as the transcript names it; a replay on other data says so."""


class Login(Step, frozen=True):
    """A viewer comes to the screen; the one before stays in the database and may come back."""

    WORD: ClassVar[str] = "login"
    SHORT: ClassVar[str] = "name"

    name: str
    """Who."""
    new: bool = False
    """Whether the viewer is made by this step."""
    began_with: Mapping[MovieName, Stars] | None = None
    """The ratings that a recorded viewer had, where the database that ships has others: they are given first, and a
    viewer whom the database of the replay does not know is made."""


class Search(Step, frozen=True):
    """Look for movies in the catalogue; what is found can be expected by `found`."""

    WORD: ClassVar[str] = "search"
    SHORT: ClassVar[str] = "text"

    text: str = ""
    """Part of a title; empty finds everything."""
    genre: Genre | None = None
    """Only movies of this genre."""


class Open(Step, frozen=True):
    """Open a movie's page."""

    WORD: ClassVar[str] = "open"
    SHORT: ClassVar[str] = "movie"

    movie: MovieName
    """Which."""


class Watch(Step, frozen=True):
    """Watch a movie from where the viewer left it: to its end, or part of it."""

    WORD: ClassVar[str] = "watch"
    SHORT: ClassVar[str] = "movie"

    movie: MovieName
    """Which."""
    seconds: Count | None = None
    """So many seconds of the movie."""
    until: Position | None = None
    """Up to this position in the movie."""
    speed: Count = 60
    """Seconds of the movie a second, for people who look on; a headless replay does not wait."""


class Rate(Step, frozen=True):
    """Give stars, one movie after the other; then the list is made."""

    WORD: ClassVar[str] = "rate"
    WHOLE: ClassVar[str] = "stars"

    stars: Mapping[MovieName, Stars]
    """Movies with their stars, 0.5 to 5 in half steps."""


class TakeBack(Step, frozen=True):
    """Take ratings back; then the list is made."""

    WORD: ClassVar[str] = "take_back"
    SHORT: ClassVar[str] = "movies"

    movies: tuple[MovieName, ...]
    """One movie or several."""


class Diversify(Step, frozen=True):
    """The genre-diversity toggle; what is not named stays as it was. Then the list is made."""

    WORD: ClassVar[str] = "diversity"
    SHORT: ClassVar[str] = "on"

    on: bool | None = None
    """On or off."""
    strength: Strength | None = None
    """0 (the list as scored) to 1 (variety alone)."""
    method: DiversityMethod | None = None
    """How the list is re-ranked."""

    @property
    def given(self) -> dict[str, Any]:
        """The fields that change."""
        values = {"on": self.on, "strength": self.strength, "method": self.method}
        return {name: value for name, value in values.items() if value is not None}


class LensStep(Step, frozen=True):
    """From lists of what the viewer would surely watch to lists of what they'd love. Then the list is made."""

    WORD: ClassVar[str] = "lens"
    SHORT: ClassVar[str] = "at"

    at: Lens
    """One of its five notches."""


class Train(Step, frozen=True):
    """Train the model now."""

    WORD: ClassVar[str] = "train"
    SHORT: ClassVar[str] = "run"

    run: RunKind = "full"
    """`full`: from scratch on all ratings; `incremental`: a few steps on the new ones."""
    epochs: Epochs | None = None
    """Passes over the viewers of a full run; the preset's number unless given."""
    wait: bool = True
    """Whether the next step waits for the end. The lists made meanwhile depend on the machine's speed, so no step
    before the next `wait` may expect anything of them, and the transcript leaves them out."""


class Wait(Step, frozen=True):
    """Wait until all ratings are in the weights and nothing trains; then the list is made."""

    WORD: ClassVar[str] = "wait"


class Import(Step, frozen=True):
    """Import a data set beside what the database holds, like `matinee import --merge`."""

    WORD: ClassVar[str] = "import"
    SHORT: ClassVar[str] = "path"

    path: File
    """A file or folder in the script's folder."""
    format: str | None = None
    """The data set's format where it can't be told from the files."""


class AddMovie(Step, frozen=True):
    """Put a movie into the catalogue that nobody has rated."""

    WORD: ClassVar[str] = "add_movie"

    title: str
    """Its title, without the year."""
    year: Count | None = None
    """Of its release."""
    genres: tuple[Genre, ...] = ()
    """One or several of the catalogue's."""
    runtime: Count | None = None
    """Minutes."""
    director: str | None = None
    """A name."""
    country: str | None = None
    """A name."""
    synopsis: str | None = None
    """One sentence."""


class Engine(Step, frozen=True):
    """Do something to the engine's process."""

    WORD: ClassVar[str] = "engine"
    SHORT: ClassVar[str] = "do"

    do: Literal["kill"]
    """`kill`: end it at once, as a crash would; it must come back by itself."""


class Screenshot(Step, frozen=True):
    """Keep the screen as an SVG picture."""

    WORD: ClassVar[str] = "screenshot"
    SHORT: ClassVar[str] = "file"

    file: File
    """Its name, in the folder that `--svg` gives."""


class Note(Step, frozen=True):
    """A text for the class; shown, and nothing else."""

    WORD: ClassVar[str] = "note"
    SHORT: ClassVar[str] = "text"

    text: str
    """The text."""


# -------------------------------------------------------------------------------------------------------- expectations


class Bounds(Part, frozen=True):
    """What a number must be. A number alone is `exactly`."""

    SHORT: ClassVar[str] = "exactly"

    exactly: float | None = None
    """This number."""
    at_least: float | None = None
    """This number or more."""
    at_most: float | None = None
    """This number or less."""
    than_before: Literal["more", "less", "same"] | None = None
    """Compared with the same figure of the list before."""


class Metrics(Part, frozen=True):
    """Figures of the last training run."""

    loss: Bounds | None = None
    """Training loss at its end."""
    val_rmse: Bounds | None = None
    """RMSE in stars on the held-out ratings."""
    val_ndcg10: Bounds | None = None
    """NDCG@10 on the held-out ratings."""
    epochs: Bounds | None = None
    """Epochs that were run."""


class EngineFigures(Part, frozen=True):
    """Figures of the engine's process."""

    restarts: Bounds | None = None
    """How often it was started again."""
    behind: Bounds | None = None
    """Ratings that are not in the weights yet."""


class Expect(Step, frozen=True):
    """What must be true now, or a step that must fail. Everything named must hold."""

    WORD: ClassVar[str] = "expect"

    contains: tuple[MovieName, ...] = ()
    """Movies that the list holds."""
    absent: tuple[MovieName, ...] = ()
    """Movies that the list does not hold."""
    first: MovieName | None = None
    """The movie at the top of the list."""
    moved_up: tuple[MovieName, ...] = ()
    """Movies of the list that stand higher than in the list before, or were not in it."""
    moved_down: tuple[MovieName, ...] = ()
    """Movies of the list before that stand lower now, or are gone."""
    overlap: Bounds | None = None
    """How many movies of the list were in the list before too."""
    size: Bounds | None = None
    """How many movies the list holds."""
    since: Literal["deed", "login"] = "deed"
    """Which list is the one before: that before the viewer's last action, or the first one after the last login."""
    genres: Mapping[Genre, Bounds] | None = None
    """How many movies of the list are of a genre."""
    coverage: Bounds | None = None
    """How many genres the list holds."""
    ild: Bounds | None = None
    """The list's intra-list diversity, 0 to 1."""
    plain_ild: Bounds | None = None
    """The same for the list as it would be without diversity."""
    mean_stars: Bounds | None = None
    """Mean predicted stars of the list."""
    known: Bounds | None = None
    """Mean number of ratings that the model has learned of a movie of the list."""
    entered: tuple[MovieName, ...] = ()
    """Movies that the list would not hold with the lens at its middle and without diversity."""
    left: tuple[MovieName, ...] = ()
    """Movies that it would hold then, and does not."""
    reasons: Mapping[MovieName, tuple[MovieName, ...]] | None = None
    """Movies of the list, each with rated movies that must be among the reasons given for it."""
    stars: Mapping[MovieName, Bounds] | None = None
    """Predicted stars of movies, in the list or not."""
    rated: Mapping[MovieName, Stars | None] | None = None
    """The viewer's own stars as the database holds them; `none` for a movie that is not rated."""
    ratings: Bounds | None = None
    """How many movies the viewer has rated."""
    watched: Mapping[MovieName, Position] | None = None
    """Where the viewer left a movie: `start` when it was never begun, `end` when it was finished."""
    found: tuple[MovieName, ...] = ()
    """Movies that the last search found."""
    hits: Bounds | None = None
    """How many movies the last search found."""
    metrics: Metrics | None = None
    """Figures of the last training run."""
    engine: EngineFigures | None = None
    """Figures of the engine's process."""
    screen: tuple[str, ...] = ()
    """Texts that stand on the screen. The script is then played on a screen, seen or unseen."""
    error: str | None = None
    """Part of the message with which the step in `when` must fail."""
    when: AnyStep | None = None
    """The step that must fail; it changes nothing."""


STEPS: dict[str, type[Step]] = {step.WORD: step for step in Step.__subclasses__()}
"""Every step by its word, in the order of this file."""


@lru_cache
def fields_of(cls: type[Part]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a step, or of a part of one, by name."""
    return {field.name: field for field in msgspec.structs.fields(cls)}
