"""The screen that sets the list of one track beside that of another: what differs, and what led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from engine.replay.checks import listed
from engine.types import LENSES
from tui.commands import bindings_of
from tui.plain import entitle
from tui.presenters.foryou import move_word
from tui.presenters.stars import figure, stars_word
from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, STAR, UP, fit, line, spread, stack, wrapped
from tui.screens.base import CommandScreen
from tui.widgets.footer import KeyFooter

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import ScreenName
    from tui.replay.frames import Frame
    from tui.replay.track import Track


_GAP = "   "
_RATINGS = 3
"""Lines of ratings that only one side has."""


class Columns(Widget):
    """Both lists."""

    DEFAULT_CSS = "Columns { height: auto; }"

    def render(self) -> Content:
        """The lines."""
        screen = self.screen
        assert isinstance(screen, CompareScreen)
        left, right = screen.sides
        lines = [*side_by_side(left, right, self.size.width or 80), line(), shared_line(left[1], right[1])]
        hint = "← → steps of the right side · tab another branch · esc back"
        return stack([*lines, line((hint, QUIET))])


class CompareScreen(CommandScreen, ModalScreen[Any], inherit_bindings=False):
    """The left side stays; the right one can be another track and another step."""

    SCREEN_NAME: ClassVar[ScreenName] = "replay"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("replay")]
    DEFAULT_CSS = """
    CompareScreen { align: center middle; background: $background 70%; }
    CompareScreen .dialog { width: 96%; max-width: 150; height: auto; max-height: 92%; padding: 1 2; }
    CompareScreen VerticalScroll { height: auto; max-height: 100%; }
    """

    def __init__(self, tracks: list[Track], track: int, frame: Frame) -> None:
        super().__init__()
        self.tracks = [each for each in tracks if any(frame.recommendations for frame in each.reel.frames)]
        self.left = (tracks[track].name, frame)
        other = tracks[track].parent if tracks[track].parent in self.tracks else None
        others = [each for each in self.tracks if each is not tracks[track]]
        self.right = other or (others[0] if others else tracks[track])
        self.at = len(self.right.reel.frames) - 1 if self.right is not tracks[track] else 0

    @property
    def sides(self) -> tuple[tuple[str, Frame], tuple[str, Frame]]:
        """Names and frames."""
        return self.left, (self.right.name, self.right.reel.frames[self.at])

    def compose(self) -> ComposeResult:
        """A frame with both."""
        with VerticalScroll(classes="dialog") as frame:
            entitle(frame, title="Side by side")
            frame.can_focus = False
            yield Columns()
        yield KeyFooter()

    def on_mount(self) -> None:
        """Begin with a step that has a list."""
        self._move(0)

    def do_step_on(self) -> None:
        """The right side one step further."""
        self._move(1)

    def do_step_back(self) -> None:
        """The right side one step back."""
        self._move(-1)

    def do_next_track(self) -> None:
        """Another track at the right."""
        self.right = self.tracks[(self.tracks.index(self.right) + 1) % len(self.tracks)]
        self.at = len(self.right.reel.frames) - 1
        self._move(0)

    def do_play(self) -> None:
        """Nothing plays here."""

    def do_compare(self) -> None:
        """Back."""
        self.do_back()

    def _move(self, steps: int) -> None:
        """To the nearest step in that direction that has a list."""
        frames = self.right.reel.frames
        at = self.at + steps
        while 0 <= at < len(frames) and frames[at].recommendations is None:
            at += steps or 1
        if 0 <= at < len(frames):
            self.at = at
        self.query_one(Columns).refresh(layout=True)


# ------------------------------------------------------------------------------------------------------------ the lines


def side_by_side(left: tuple[str, Frame], right: tuple[str, Frame], width: int) -> list[Content]:
    """All lines; each side has a name and a frame."""
    half = (width - len(_GAP)) // 2
    columns = [_column(*left, right[1], half), _column(*right, left[1], half)]
    height = max(len(column) for column in columns)
    padded = [column + [line()] * (height - len(column)) for column in columns]
    return [line(fit(a, half), _GAP, fit(b, width - half - len(_GAP))) for a, b in zip(*padded, strict=True)]


def shared_line(left: Frame, right: Frame) -> Content:
    """How many movies both lists have."""
    both = set(listed(left.recommendations)) & set(listed(right.recommendations))
    most = max(len(listed(left.recommendations)), len(listed(right.recommendations)))
    return line((f"{len(both)} of {most}", BOLD), (" movies are in both lists", QUIET))


def _column(name: str, frame: Frame, other: Frame, width: int) -> list[Content]:
    who = frame.user.name if frame.user else "nobody"
    head = line((name, f"{BOLD} {ACCENT}"), (f"  {who}, after step {frame.number}", QUIET))
    return [
        head,
        line(),
        *_movies(frame, other, width),
        line(),
        *_figures(frame),
        line(),
        *_ratings(frame, other, width),
    ]


def _movies(frame: Frame, other: Frame, width: int) -> list[Content]:
    places = {movie: place for place, movie in enumerate(listed(other.recommendations))}
    lines = []
    for place, item in enumerate(frame.recommendations.items if frame.recommendations else ()):
        movie = frame.catalogue.by_id.get(item.movie_id)
        if item.movie_id in places:
            move = places[item.movie_id] - place
            mark = line((move_word(move), UP if move > 0 else DOWN if move < 0 else QUIET))
        else:
            mark = line(("only", f"{BOLD} {ACCENT}"))
        title = line((f" {place + 1} ", QUIET), fit(mark, 5), (movie.label if movie else f"[{item.movie_id}]", BOLD))
        lines.append(spread(title, line((f" {stars_word(item.stars):<5}", STAR), f" {item.stars:.1f} "), width))
    return lines


def _figures(frame: Frame) -> list[Content]:
    if frame.recommendations is None:
        return [line(("no list", QUIET))]
    shown, wanted = frame.recommendations.shown, frame.diversity
    toggle = f"on, {wanted.strength:g} {wanted.method}" if wanted.on else "off"
    return [
        line((" unlikeness (ILD) ", QUIET), f"{shown.ild:.2f}", ("   genres ", QUIET), f"{shown.genres}"),
        line((" mean predicted stars ", QUIET), f"{shown.mean_stars:.2f}", ("   diversity ", QUIET), toggle),
        line((" movies rated ", QUIET), f"{len(frame.half_stars)}", ("   lens ", QUIET), LENSES[frame.lens]),
    ]


def _ratings(frame: Frame, other: Frame, width: int) -> list[Content]:
    """The ratings that the other side has not, or not so."""
    own = [
        f"{frame.catalogue.by_id[movie].title} {figure(half)}"
        for movie, half in frame.half_stars.items()
        if other.half_stars.get(movie) != half and movie in frame.catalogue.by_id
    ]
    if not own:
        return [line((" no rating that the other has not", QUIET))]
    return [line((" only here: " if n == 0 else "   ", QUIET), text)
            for n, text in enumerate(wrapped(", ".join(own), max(10, width - 12), _RATINGS))]  # fmt: skip
