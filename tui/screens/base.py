"""What all screens have in common: commands by name, breakpoints, what the footer offers, a word for tiny terminals."""

from __future__ import annotations

from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from textual.await_complete import AwaitComplete
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.widgets import Input, Static

from engine.types import DiversityMethod
from tui.commands import PALETTE, PRIORITY, ScreenName, footer_bindings
from tui.host import host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.state.session import Change

TOO_SMALL = (
    "Matinée needs a terminal of at least 60 columns and 16 lines. Make the window larger, or the letters smaller."
)
_STEP = 0.1
"""Of the diversity's strength, a key press."""
_METHODS: tuple[DiversityMethod, ...] = get_args(DiversityMethod)


class LeftOnce(Screen[Any]):
    """A screen that takes only itself away.

    A key that is pressed twice quickly reaches a screen that is gone already; what lies below must stay.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Leave, if this is the screen that is up."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()


class CommandScreen(LeftOnce):
    """A screen of the table of commands."""

    SCREEN_NAME: ClassVar[ScreenName]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual declares it as it is)
        (0, "-tiny"),
        (60, "-narrow"),
        (110, "-wide"),
        (150, "-xwide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (30, "-tall")]  # noqa: RUF012

    def on_mount(self) -> None:
        """The sentence lies over everything, and shows only where nothing else can."""
        self._footer_context = self.context
        self.mount(Static(TOO_SMALL, classes="too-small", markup=False))
        host_of(self).changes.subscribe(self, self._on_playback)

    # --------------------------------------------------------------------------------------------------------- footer

    @property
    def typing(self) -> bool:
        """Whether letters are typed, so that single letters are no commands."""
        return isinstance(self.focused, Input)

    @property
    def context(self) -> str:
        """What the footer tells about: the screen's name, and what goes on there."""
        if self.typing:
            return f"{self.SCREEN_NAME}.typing"
        session = host_of(self).session
        watching = session is not None and session.watching.running
        return f"{self.SCREEN_NAME}.watching" if watching else self.SCREEN_NAME

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All bindings; first, as the only ones to be shown, those that the footer offers in this context."""
        active = super().active_bindings
        shown = {key: each for key, each in active.items() if each.binding.show}
        offered = footer_bindings(self.context, self.size.width, typing=self.typing)
        for binding in (*offered, PALETTE):
            shown[binding.key] = ActiveBinding(self, binding, enabled=True, tooltip=binding.tooltip)
        return shown | {key: each for key, each in active.items() if key not in shown}

    def on_resize(self) -> None:
        """More or fewer commands fit into the footer."""
        self.refresh_bindings()

    def _on_playback(self, change: Change) -> None:
        if change == "playback" and self._footer_context != self.context:
            self._footer_context = self.context
            self.refresh_bindings()

    # ------------------------------------------------------------------------------------------------------- commands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where letters are typed, the keys that go ahead of everything are letters too."""
        if action == "command" and parameters and parameters[0] in PRIORITY:
            return not self.typing
        return super().check_action(action, parameters)

    def handler(self, name: str) -> Callable[[], object] | None:
        """The method that carries out a command: the screen's own, or the app's."""
        if name.startswith("rate_"):
            rate = getattr(self, "do_rate", None)
            return partial(rate, int(name.removeprefix("rate_"))) if rate else None
        if name.startswith("part_"):
            show = getattr(self, "do_part", None)
            return partial(show, int(name.removeprefix("part_"))) if show else None
        method: Callable[[], object] | None = getattr(self, f"do_{name}", None)
        return method or getattr(self.app, f"do_{name}", None)

    async def action_command(self, name: str) -> None:
        """Carry out a command, unless another screen is up by now, or this one not yet, or the app ends."""
        if self.app.screen is not self or not self.is_mounted or self.app._exit:
            return
        handler = self.handler(name)
        if handler is None:
            return
        result = handler()
        if isawaitable(result):
            await result

    def do_back(self) -> None:
        """Leave this screen."""
        self.dismiss()

    def do_retry(self) -> None:
        """Start an engine that rests after it died again and again."""
        host_of(self).retry_engine()

    def do_diversity(self) -> None:
        """Switch diversity on or off."""
        session = host_of(self).viewing
        session.diversify(on=not session.diversity.on)

    def do_weaker(self) -> None:
        """Lower the strength of diversity."""
        session = host_of(self).viewing
        session.diversify(strength=session.diversity.strength - _STEP)

    def do_stronger(self) -> None:
        """Raise the strength of diversity, which switches it on."""
        session = host_of(self).viewing
        session.diversify(on=True, strength=session.diversity.strength + _STEP)

    def do_more_familiar(self) -> None:
        """Move the lens a notch towards what the viewer would surely watch."""
        session = host_of(self).viewing
        session.look_through(session.lens - 1)

    def do_more_loved(self) -> None:
        """Move the lens a notch towards what they would rate highest."""
        session = host_of(self).viewing
        session.look_through(session.lens + 1)

    def do_method(self) -> None:
        """Take the next method of diversity."""
        session = host_of(self).viewing
        session.diversify(method=_METHODS[(_METHODS.index(session.diversity.method) + 1) % len(_METHODS)])
