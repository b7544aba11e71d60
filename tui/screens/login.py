"""Who is watching: there at once, while the store opens and the engine loads behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.commands import bindings_of
from tui.host import host_of
from tui.messages import StoreOpened, StoreProgress, StoreRefused
from tui.plain import entitle
from tui.presenters.login import LOGO, TAGLINE, LoginRow, opening, ready, viewer_line, viewer_rows
from tui.screens.base import CommandScreen
from tui.widgets.footer import KeyFooter
from tui.widgets.linelist import LineList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from engine.types import StoreCounts, User
    from tui.commands import ScreenName
    from tui.state.session import Change


class ViewerList(LineList[LoginRow]):
    """Enter or one click logs in."""

    CLICK_PICKS: ClassVar[bool] = True
    EMPTY: ClassVar[str] = "No viewers yet: type a name to be the first."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "pick", "Log in", show=False)]

    def line_of(self, row: LoginRow, width: int, *, cursor: bool) -> Content:
        return viewer_line(row, width, cursor=cursor)


class NameInput(Input):
    """The arrows move in the list below while the viewer types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1)", "Up", show=False),
        Binding("down", "go(1)", "Down", show=False),
        Binding("escape", "clear", "Clear", show=False),
    ]

    def action_go(self, step: int) -> None:
        """Move the cursor of the list below."""
        self.screen.query_one(ViewerList).action_move(step)

    def action_clear(self) -> None:
        """Clear the name."""
        self.value = ""


class LoginScreen(CommandScreen):
    """A name to type, the viewers that fit it, and how far the store is."""

    SCREEN_NAME: ClassVar[ScreenName] = "login"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("login")]

    def __init__(self, *, opened: bool = False) -> None:
        super().__init__()
        self.opened = opened
        self.last: User | None = None
        self._listed_for = ""
        """The name that the viewers in the list fit."""
        self.counts: StoreCounts | None = None

    @property
    def context(self) -> str:
        """Letters are always typed here."""
        return self.SCREEN_NAME

    def compose(self) -> ComposeResult:
        with Vertical(id="door"):
            yield Static("\n".join(LOGO), id="logo", markup=False)
            yield Static(TAGLINE, id="tagline", markup=False)
            with Vertical(id="who", classes="dialog"):
                yield NameInput(placeholder="type your name", select_on_focus=False, compact=True)
                yield ViewerList()
            yield Static("", id="state", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """The keyboard is in the name."""
        entitle(self.query_one("#who"), title="Who is watching?")
        self.query_one(NameInput).focus()
        host_of(self).changes.subscribe(self, self._hear)
        if self.opened:
            self.post_message(StoreOpened())
        else:
            self.query_one(ViewerList).display = False
            self._say(opening(0.0, "opening the database", 60))

    def _say(self, content: Content) -> None:
        self.query_one("#state", Static).update(content)

    # --------------------------------------------------------------------------------------------------------- opening

    @on(StoreProgress)
    def show_progress(self, event: StoreProgress) -> None:
        """Show how far the store is: the first start makes it."""
        self._say(opening(event.share, event.doing, 60))

    @on(StoreRefused)
    def show_failure(self, event: StoreRefused) -> None:
        """What is wrong and what to do, and a way to try again."""
        self.query_one("#who").add_class("-failed")
        self._say(Content.assemble(("✗ ", "bold $error"), str(event.error), ("\n^r tries again · q quits", "$quiet")))

    @on(StoreOpened)
    async def show_viewers(self) -> None:
        """Show who can log in, now that the store is open."""
        app = host_of(self)
        self.opened = True
        self.query_one("#who").remove_class("-failed")
        self.query_one(ViewerList).display = True
        app.attempt(self._fill(app.wanted_user))
        app.wanted_user = None

    async def _fill(self, wanted: str | None) -> None:
        app = host_of(self)
        self.last = await app.on_store(app.service.last_viewer)
        self.counts = await app.on_store(app.service.counts)
        self._hear("status")
        if wanted:
            self.query_one(NameInput).value = wanted
        await self._search()
        if wanted:
            await app.log_in(await app.on_store(lambda: app.service.viewer(wanted)))

    def _hear(self, change: Change) -> None:
        if change == "status" and self.counts is not None:
            self._say(ready(self.counts, host_of(self).service.engine.status, 66))

    def do_retry(self) -> None:
        """Open the store again; where it is open, start the engine."""
        if self.opened:
            host_of(self).retry_engine()
        else:
            self.query_one("#who").remove_class("-failed")
            self._say(opening(0.0, "opening the database", 60))
            host_of(self).open_store()

    # --------------------------------------------------------------------------------------------------------- viewers

    async def _search(self) -> None:
        app, query = host_of(self), self.query_one(NameInput).value
        users = await app.on_store(lambda: app.service.viewers(query.strip()))
        if query == self.query_one(NameInput).value:
            self.query_one(ViewerList).show_rows(viewer_rows(users, query, self.last))
            self._listed_for = query

    @on(Input.Changed)
    def type_on(self, event: Input.Changed) -> None:
        """Look for the viewers that fit what is typed now."""
        event.stop()
        if self.opened:
            host_of(self).attempt(self._search())

    @on(Input.Submitted)
    def enter_name(self, event: Input.Submitted) -> None:
        """Pick the line under the cursor."""
        event.stop()
        if self.opened:
            host_of(self).attempt(self._pick())

    async def _pick(self) -> None:
        """Enter may come before the list has followed the typing: the viewers of another name are not picked."""
        if self._listed_for != self.query_one(NameInput).value:
            await self._search()
        self.query_one(ViewerList).action_pick()

    @on(LineList.Picked)
    def enter(self, event: LineList.Picked) -> None:
        """Log in, as an old viewer or a new one."""
        event.stop()
        row = event.row
        if isinstance(row, LoginRow):
            host_of(self).attempt(self._enter(row))

    async def _enter(self, row: LoginRow) -> None:
        app = host_of(self)
        if row.user is None:
            await app.log_in(await app.on_store(lambda: app.service.new_viewer(row.name)), new=True)
        else:
            await app.log_in(row.user)

    def do_search(self) -> None:
        """Put the keyboard into the name."""
        self.set_focus(self.query_one(NameInput))

    def do_new_viewer(self) -> None:
        """The name typed as a new viewer; without one, a hint."""
        name = self.query_one(NameInput).value.strip()
        if not name:
            self.notify("Type the new viewer's name, then ⏎.", timeout=4)
        elif self.opened:
            host_of(self).attempt(self._enter(LoginRow(name)))
