"""What a session script is made of: one frozen class a step. The reader, the JSON Schema and the writer follow it.

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
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.replay.expectations import Expect
from engine.replay.kinds import MAX_EPOCHS, Epochs, File, Genre, MovieName, Place, Stars
from engine.types import DiversityMethod, RunKind


@dataclass(frozen=True, slots=True)
class Session:
    """What the script is about. Stands first, or not at all."""

    WORD: ClassVar[str] = "session"
    SHORT: ClassVar[str] = "title"

    title: str
    """A few words."""
    story: str = ""
    """What happens and what it shows, for people."""
    preset: str | None = None
    """The model; `default` unless the command line says otherwise."""
    seed: int | None = None
    """Seeds the split, the weights and the batches; 0 unless the command line says otherwise."""
    data: str | None = None
    """The data it was recorded on, as the transcript names it; a replay on other data says so."""


@dataclass(frozen=True, slots=True)
class Login:
    """A viewer comes to the screen; the one before stays in the database and may come back."""

    WORD: ClassVar[str] = "login"
    SHORT: ClassVar[str] = "name"

    name: str
    """Who."""
    new: bool = False
    """Whether the viewer is made by this step."""


@dataclass(frozen=True, slots=True)
class Search:
    """Look for movies in the catalogue; what is found can be expected by `found`."""

    WORD: ClassVar[str] = "search"
    SHORT: ClassVar[str] = "text"

    text: str = ""
    """Part of a title; empty finds everything."""
    genre: Genre | None = None
    """Only movies of this genre."""


@dataclass(frozen=True, slots=True)
class Open:
    """Open a movie's page."""

    WORD: ClassVar[str] = "open"
    SHORT: ClassVar[str] = "movie"

    movie: MovieName
    """Which."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Watch a movie from where the viewer left it: to its end, or part of it."""

    WORD: ClassVar[str] = "watch"
    SHORT: ClassVar[str] = "movie"

    movie: MovieName
    """Which."""
    seconds: int | None = None
    """So many seconds of the movie."""
    until: Place | None = None
    """Up to this place of the movie."""
    speed: int = 60
    """Seconds of the movie a second, for whoever looks on; a headless replay does not wait."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Give stars, one movie after the other; then the list is made."""

    WORD: ClassVar[str] = "rate"
    WHOLE: ClassVar[str] = "stars"

    stars: Mapping[MovieName, Stars]
    """Movies with their stars, 0.5 to 5 in half steps."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take ratings back; then the list is made."""

    WORD: ClassVar[str] = "take_back"
    SHORT: ClassVar[str] = "movies"

    movies: tuple[MovieName, ...]
    """One movie or several."""


@dataclass(frozen=True, slots=True)
class Diversify:
    """The genre-diversity toggle; what is not named stays as it was. Then the list is made."""

    WORD: ClassVar[str] = "diversity"
    SHORT: ClassVar[str] = "on"

    on: bool | None = None
    """On or off."""
    strength: float | None = None
    """0 (the list as scored) to 1 (variety alone)."""
    method: DiversityMethod | None = None
    """How the list is re-ranked."""

    @property
    def strength_fault(self) -> str | None:
        """What is wrong with the strength."""
        if self.strength is None or 0 <= self.strength <= 1:
            return None
        return f"`strength` is a number from 0 to 1, not {self.strength:g}"


@dataclass(frozen=True, slots=True)
class Train:
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

    @property
    def epochs_fault(self) -> str | None:
        """What is wrong with the number of epochs."""
        if self.epochs is None or 1 <= self.epochs <= MAX_EPOCHS:
            return None
        return f"`epochs` is a whole number from 1 to {MAX_EPOCHS:,}, not {self.epochs:,}"


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until all ratings are in the weights and nothing trains; then the list is made."""

    WORD: ClassVar[str] = "wait"


@dataclass(frozen=True, slots=True)
class Import:
    """Import a data set beside what the database holds, like `matinee import --merge`."""

    WORD: ClassVar[str] = "import"
    SHORT: ClassVar[str] = "path"

    path: File
    """A file or folder in the script's folder."""
    format: str | None = None
    """The data set's format where it can't be told from the files."""


@dataclass(frozen=True, slots=True)
class AddMovie:
    """Put a movie into the catalogue that nobody has rated."""

    WORD: ClassVar[str] = "add_movie"

    title: str
    """Its title, without the year."""
    year: int | None = None
    """Of its release."""
    genres: tuple[Genre, ...] = ()
    """One or several of the catalogue's."""
    runtime: int | None = None
    """Minutes."""
    director: str | None = None
    """A name."""
    country: str | None = None
    """A name."""
    synopsis: str | None = None
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Do something to the engine's process."""

    WORD: ClassVar[str] = "engine"
    SHORT: ClassVar[str] = "do"

    do: Literal["kill"]
    """`kill`: end it at once, as a crash would; it must come back by itself."""


@dataclass(frozen=True, slots=True)
class Screenshot:
    """Keep the screen as an SVG picture."""

    WORD: ClassVar[str] = "screenshot"
    SHORT: ClassVar[str] = "file"

    file: File
    """Its name, in the folder that `--svg` gives."""


@dataclass(frozen=True, slots=True)
class Note:
    """A text for the class; shown, and nothing else."""

    WORD: ClassVar[str] = "note"
    SHORT: ClassVar[str] = "text"

    text: str
    """The text."""


Step = (
    Session | Login | Search | Open | Watch | Rate | TakeBack | Diversify | Train | Wait | Import | AddMovie | Engine
    | Screenshot | Note | Expect
)  # fmt: skip

STEPS: dict[str, type[Step]] = {
    step.WORD: step
    for step in (
        Session, Login, Search, Open, Watch, Rate, TakeBack, Diversify, Train, Wait, Import, AddMovie, Engine,
        Screenshot, Note, Expect,
    )
}  # fmt: skip
"""Every step by its word."""
