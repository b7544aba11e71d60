"""The one table of what a viewer can do: it gives the key bindings, the footer, the help and the command palette.

A command `rate` is carried out by a method `do_rate` of the screen that has the keyboard, or else of the app; a test
checks that every command finds one on every screen it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from textual.binding import Binding

ScreenName = Literal["login", "taste", "home", "movie", "history", "lab", "help", "replay"]

_RATABLE: tuple[ScreenName, ...] = ("home", "movie", "taste", "history")
_LOGGED_IN: tuple[ScreenName, ...] = ("home", "movie", "history", "lab", "help")
_WITH_DIVERSITY: tuple[ScreenName, ...] = ("home", "movie", "history", "lab", "taste")
_EVERYWHERE: tuple[ScreenName, ...] = ("login", "taste", *_LOGGED_IN, "replay")


@dataclass(frozen=True, slots=True)
class Command:
    """Something a viewer can do, with its keys and its words."""

    name: str
    keys: tuple[str, ...]
    """Textual's key names; the first is the one that is shown."""
    title: str
    """In the palette."""
    help: str
    """One sentence for the help screen and the palette."""
    group: str
    screens: tuple[ScreenName, ...]
    short: str = ""
    """In the footer; the footer never shows a command without it."""
    shown_key: str = ""
    """How people write the key, where Textual's name is not it."""
    in_help: bool = True
    """False where the help's line of the command above speaks for this one too."""

    @property
    def key(self) -> str:
        """The key as people write it."""
        return self.shown_key or (self.keys[0] if self.keys else "")

    @property
    def palette_title(self) -> str:
        """In the palette, with the key that does just this: `Rate 3 stars  (3)`."""
        key = self.keys[0] if self.name.startswith("rate_") else self.key
        return f"{self.title}  ({key})" if key else self.title

    @property
    def chord(self) -> str | None:
        """Textual's name of the key that works while letters are typed; None where there is none."""
        return next((key for key in self.keys if key.startswith("ctrl+") or key in ("f1", "escape")), None)

    def footer_binding(self, *, typing: bool) -> Binding | None:
        """Its entry in the footer; None for a command that no key reaches while letters are typed."""
        key, shown_key = (self.keys[0], self.key) if not typing else (self.chord, None)
        if key is None:
            return None
        return Binding(
            key, self.action, self.short, key_display=shown_key or _chord_as_written(key), tooltip=self.title
        )

    @property
    def action(self) -> str:
        """Textual's action that carries it out."""
        return f"command('{self.name}')"


def _chord_as_written(key: str) -> str:
    """`^q`, `F1`, `esc`."""
    if key.startswith("ctrl+"):
        return key.replace("ctrl+", "^")
    return "esc" if key == "escape" else key.upper()


def _rate(stars: int) -> Command:
    plural = "star" if stars == 1 else "stars"
    return Command(
        f"rate_{stars}",
        (str(stars),),
        f"Rate {stars} {plural}",
        "Give the movie that is shown one to five stars; press again to change them.",
        "Stars",
        _RATABLE,
        short="rate" if stars == 1 else "",
        shown_key="1-5" if stars == 1 else str(stars),
        in_help=stars == 1,
    )


_PARTS = ("Training", "The network for you", "A step by hand", "The map", "All training runs", "What if")


def _part(number: int, title: str) -> Command:
    first = number == 1
    return Command(
        f"part_{number}",
        (str(number),),
        f"Lab: {title.lower()}" if number == 1 else f"Lab: {title[0].lower()}{title[1:]}",
        "Go to a part of the lab: training, the network for you, a step by hand, the map, all runs, what if.",
        "Lab",
        ("lab",),
        short="parts" if first else "",
        shown_key=f"1-{len(_PARTS)}" if first else str(number),
        in_help=first,
    )


COMMANDS: tuple[Command, ...] = (
    Command("search", ("slash",), "Search the catalogue", "Type a part of a title; the list follows.", "Find",
            ("home", "login"), "search", "/"),
    Command("open", ("enter",), "Open the movie's page", "Everything about the movie, and why it is recommended.",
            "Find", ("home", "history", "replay"), "open", "⏎"),
    Command("genre", ("g",), "Choose a genre", "Browse the movies of one genre, or of all.", "Find", ("home",),
            "genre"),
    Command("sort", ("o",), "Change the order of the catalogue", "For you, title, year or your stars.", "Find",
            ("home",), "sort"),
    Command("browse", ("b",), "Show the catalogue or the list", "Go between the list for you and the catalogue.",
            "Find", ("home",), "browse"),
    Command("watch", ("w",), "Watch the movie", "Start the movie that is shown, where you left it.", "Watch",
            ("home", "movie", "history"), "watch"),
    Command("pause", ("space",), "Pause or go on", "Pause the movie that is playing, or go on.", "Watch",
            ("home", "movie"), "pause", "␣"),
    Command("stop", ("s",), "Stop watching", "Stop; the movie remembers where you were.", "Watch", ("home", "movie"),
            "stop"),
    Command("slower", ("comma",), "Play slower", "Playback down to real time.", "Watch", ("home", "movie"), "", ","),
    Command("faster", ("full_stop",), "Play faster", "Playback up to 3,600 times real time.", "Watch",
            ("home", "movie"), "", "."),
    Command("playing", ("n",), "Show what is playing", "Back to the movie that is playing, or played last.", "Watch",
            ("home",), "now playing"),
    *(_rate(stars) for stars in range(1, 6)),
    Command("half", ("grave_accent",), "Half a star", "Add half a star, or take it away again.", "Stars", _RATABLE,
            "half", "`"),
    Command("half_up", ("plus", "equals_sign"), "Half a star more", "Half a star more.", "Stars", _RATABLE, "", "+"),
    Command("half_down", ("minus",), "Half a star less", "Half a star less.", "Stars", _RATABLE, "", "-"),
    Command("take_back", ("0", "backspace", "delete"), "Take the rating back", "The movie counts as not rated.",
            "Stars", _RATABLE, "take back"),
    Command("undo", ("u",), "Undo the last rating", "Undo the last change of stars, as often as you like.", "Stars",
            _RATABLE, "undo"),
    Command("more_familiar", ("less_than_sign",), "More familiar", "A notch towards what you would surely watch.",
            "Lens", _WITH_DIVERSITY, "familiar", "<"),
    Command("more_loved", ("greater_than_sign",), "More loved", "A notch towards what you would rate highest.", "Lens",
            _WITH_DIVERSITY, "loved", ">"),
    Command("diversity", ("d",), "Diversity on or off", "Let movies of other genres into the list.", "Diversity",
            _WITH_DIVERSITY, "diversity"),
    Command("weaker", ("left_square_bracket",), "Less diversity", "Strength down by a tenth.", "Diversity",
            _WITH_DIVERSITY, "", "["),
    Command("stronger", ("right_square_bracket",), "More diversity", "Strength up by a tenth.", "Diversity",
            _WITH_DIVERSITY, "", "]"),
    Command("method", ("m",), "Diversity method", "Calibrated to your genres, or unlike each other: MMR, DPP.",
            "Diversity", ("home", "lab")),
    Command("lab", ("t",), "The training lab", "Training seen large, and a button to start it.", "Places",
            ("home", "movie"), "lab"),
    Command("history", ("h",), "Your history", "Everything you rated and watched, newest first.", "Places",
            ("home", "movie"), "history"),
    Command("timeline", ("l",), "The evening's timeline", "Every step so far: go back to one, branch off, compare.",
            "Places", ("home", "lab")),
    Command("viewer", ("v",), "Change the viewer", "Back to the log-in screen.", "Places", ("home",), "viewer"),
    Command("train", ("f",), "Retrain everything, or stop it", "A full training on all ratings, beside your viewing; "
            "while it runs, twice to stop it.", "Places", ("lab",), "retrain"),
    *(_part(number, title) for number, title in enumerate(_PARTS, start=1)),
    Command("next_part", ("tab",), "Next part of the lab", "The parts of the lab, one after the other.", "Lab",
            ("lab",)),
    Command("previous_part", ("shift+tab",), "Part of the lab before", "The same backwards.", "Lab", ("lab",),
            in_help=False),
    Command("next_movie", ("full_stop",), "Take the next movie apart", "In the lab: another movie of your list.", "Lab",
            ("lab",), "next movie", "."),
    Command("previous_movie", ("comma",), "Take the movie before apart", "The same backwards.", "Lab", ("lab",), "",
            ",", in_help=False),
    Command("before", ("b",), "Before and after your last rating", "The hidden units now, what your last rating "
            "changed, before it.", "Lab", ("lab",), "before/after"),
    Command("sort_runs", ("o",), "Sort the training runs", "By time, error, order of lists, loss or seconds.", "Lab",
            ("lab",), "sort"),
    Command("try_up", ("plus", "equals_sign"), "What if: half a star more", "Try stars that are not stored: half a "
            "star more.", "Lab", ("lab",), "try more", "+"),
    Command("try_down", ("minus",), "What if: half a star less", "Half a star less.", "Lab", ("lab",), "less", "-"),
    Command("try_none", ("0",), "What if: not rated", "As if the movie were not rated.", "Lab", ("lab",), "none"),
    Command("keep", ("enter",), "What if: keep it", "Store the stars that were tried.", "Lab", ("lab",), "keep", "⏎"),
    Command("leave", ("x",), "What if: leave it", "Forget the stars that were tried.", "Lab", ("lab",), "leave"),
    Command("new_viewer", ("ctrl+n",), "New viewer", "Log in under a name that is new here.", "Places", ("login",),
            "new viewer", "^n"),
    Command("retry", ("ctrl+r",), "Try again", "Open the database again, or start an engine that is down.", "Places",
            ("login", "home", "movie", "history", "lab"), "", "^r"),
    Command("done", ("escape",), "Done", "Go on to your list; you can rate more there.", "Places", ("taste",),
            "on to my list", "esc"),
    Command("back", ("escape",), "Back", "Leave this screen.", "Places",
            ("movie", "history", "lab", "help", "replay"), "back",
            "esc"),
    Command("play", ("space",), "Play or pause the replay", "Let the steps of a replay go by, or stop at one.",
            "Replay", ("replay",), "play", "␣"),
    Command("step_on", ("right",), "The next step", "A step of the replay further.", "Replay", ("replay",), "step",
            "→"),
    Command("step_back", ("left",), "The step before", "A step of the replay back.", "Replay", ("replay",), "step back",
            "←"),
    Command("to_start", ("home",), "To the first step", "Back to where the replay began.", "Replay", ("replay",)),
    Command("to_end", ("end",), "To the last step", "As far as the replay has come.", "Replay", ("replay",)),
    Command("next_track", ("tab",), "The next branch", "The replay again, or a branch of it.", "Replay", ("replay",)),
    Command("branch", ("b",), "Branch off here", "From this step on do something else, on a copy of everything.",
            "Replay", ("replay",), "branch"),
    Command("go_on", ("g",), "Go on here", "Back to the screen where a session or a branch goes on.", "Replay",
            ("replay",), "go on"),
    Command("compare", ("c",), "Compare two branches", "Their lists side by side.", "Replay", ("replay",), "compare"),
    Command("export", ("x",), "Save the session", "The steps as a script in the data folder.", "Replay", ("replay",)),
    Command("replay_slower", ("comma",), "Replay slower", "More time for each step.", "Replay", ("replay",), "", ","),
    Command("replay_faster", ("full_stop",), "Replay faster", "Less time for each step.", "Replay", ("replay",),
            "faster", "."),
    Command("copy", ("y",), "Copy the list", "Copy the titles of your list to the clipboard.", "App", ("home",)),
    Command("theme", ("ctrl+t",), "Next theme", "Dark, light, high contrast, or the terminal's own colours.", "App",
            _EVERYWHERE, "", "^t"),
    Command("screenshot", ("ctrl+s",), "Save a picture", "The screen as an SVG file.", "App", _EVERYWHERE, "", "^s"),
    Command("help", ("question_mark", "f1"), "Help", "All keys, and what the screens mean.", "App", _EVERYWHERE, "help",
            "?"),
    Command("quit", ("q", "ctrl+q"), "Quit", "Leave; everything is saved already.", "App", _EVERYWHERE, "quit"),
)  # fmt: skip

PRIORITY = frozenset({"search"})
"""Carried out before the next key is handed to anybody: what is typed after them belongs to where they lead."""

BY_NAME = {command.name: command for command in COMMANDS}

_FOOTERS: dict[str, tuple[str, ...]] = {
    "login": ("new_viewer", "help", "quit"),
    "taste": ("rate_1", "half", "take_back", "undo", "done", "help", "quit"),
    "home": (
        "search", "open", "watch", "rate_1", "half", "undo", "diversity", "more_familiar", "more_loved", "lab",
        "history", "browse", "genre", "sort", "help", "quit",
    ),
    "home.typing": ("help", "quit"),
    "home.watching": (
        "pause", "stop", "search", "open", "rate_1", "half", "undo", "diversity", "lab", "history", "browse", "help",
        "quit",
    ),
    "movie": ("watch", "rate_1", "half", "take_back", "undo", "diversity", "lab", "history", "back", "help", "quit"),
    "movie.watching": (
        "pause", "stop", "rate_1", "half", "take_back", "undo", "diversity", "lab", "back", "help", "quit",
    ),
    "history": ("open", "rate_1", "half", "take_back", "undo", "watch", "diversity", "back", "help", "quit"),
    "lab": ("part_1", "train", "diversity", "back", "help", "quit"),
    "lab.hand": ("part_1", "train", "diversity", "back", "help", "quit"),
    "lab.runs": ("part_1", "sort_runs", "train", "back", "help", "quit"),
    "lab.what_if": ("part_1", "try_up", "try_down", "try_none", "keep", "leave", "back", "help", "quit"),
    "lab.map": ("part_1", "next_movie", "train", "back", "help", "quit"),
    "lab.network": ("part_1", "next_movie", "before", "train", "back", "help", "quit"),
    "help": ("back",),
    "replay": (
        "play", "step_back", "step_on", "branch", "compare", "go_on", "replay_faster", "open", "back", "help", "quit",
    ),
}  # fmt: skip
"""What the footer offers on each screen, most wanted first; on some of them by what goes on there."""
_ALWAYS = frozenset({"help", "quit"})
"""They have room in the footer at any width."""
PALETTE = Binding("ctrl+p", "app.command_palette", "all", show=False, key_display="^p", tooltip="All commands, by name")
"""Textual's own command, which the footer has at its right end."""


def commands_of(screen: ScreenName) -> tuple[Command, ...]:
    """What can be done on one screen, in the order of the table."""
    return tuple(command for command in COMMANDS if screen in command.screens)


def bindings_of(screen: ScreenName) -> list[Binding]:
    """The key bindings of one screen; which of them the footer shows depends on what goes on there."""
    return [
        Binding(",".join(command.keys), command.action, command.title, show=False, priority=command.name in PRIORITY)
        for command in commands_of(screen)
        if command.keys
    ]


def footer_of(context: str) -> tuple[Command, ...]:
    """What the footer offers in a context: a screen's name, or that and what goes on there (`home.watching`)."""
    return tuple(BY_NAME[name] for name in _FOOTERS.get(context, _FOOTERS[context.partition(".")[0]]))


def footer_bindings(context: str, width: int, *, typing: bool) -> list[Binding]:
    """The entries of the footer: as many as fit whole, help and quit among them at any width."""
    wanted = [(command.name, command.footer_binding(typing=typing)) for command in footer_of(context)]
    cells = {name: _cells(binding) for name, binding in wanted if binding is not None}
    room = width - _cells(PALETTE) - sum(size for name, size in cells.items() if name in _ALWAYS)
    shown: list[Binding] = []
    for name, binding in wanted:
        if binding is None:
            continue
        if name not in _ALWAYS:
            room -= cells[name]
        if name in _ALWAYS or room >= 0:
            shown.append(binding)
    return shown


def _cells(binding: Binding) -> int:
    """Cells of a footer's entry: ` key word `."""
    return cell_len(binding.key_display or "") + cell_len(binding.description) + 3
