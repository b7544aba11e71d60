"""What the viewer watches: one movie plays at a time, and what happens to it goes into the viewing log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.types import Movie, WatchKind
from tui.state.playback import Playback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.service.protocols import ViewerService
    from engine.types import User


class Watching:
    """The playback of a session, and its events in the store."""

    def __init__(
        self,
        service: ViewerService,
        user: User,
        *,
        run: Callable[[Callable[[], object]], Awaitable[object]],
        changed: Callable[[], None],
        speed: int,
    ) -> None:
        self.playback: Playback | None = None
        """The movie that plays, or played last."""
        self.speed = speed
        self._service = service
        self._user_id = user.user_id
        self._run = run
        self._changed = changed

    @property
    def running(self) -> bool:
        """True while a movie plays or is paused."""
        return self.playback is not None and self.playback.running

    async def watch(self, movie: Movie) -> None:
        """Start a movie where the viewer left it; one that is playing is left where it is."""
        if self.playback and self.playback.running:
            if self.playback.movie == movie:
                await self.pause()
                return
            await self.stop()
        position = await self._run(lambda: self._service.watch_position(self._user_id, movie.movie_id))
        start = position if isinstance(position, int) else 0
        self.playback = Playback(movie, float(start), self.speed)
        self._changed()
        await self._note(WatchKind.STARTED)

    async def pause(self) -> None:
        """Pause, or go on."""
        if self.playback and self.playback.running:
            self.playback = self.playback.toggled()
            self._changed()
            if self.playback.state == "paused":
                await self._note(WatchKind.PROGRESS)

    async def stop(self) -> None:
        """Leave the movie where it is."""
        if self.playback and self.playback.running:
            self.playback = self.playback.stopped()
            self._changed()
            await self._note(WatchKind.ABANDONED)

    async def tick(self, seconds: float) -> bool:
        """Time goes by; True when the movie has just finished."""
        before = self.playback
        if before is None or before.state != "playing":
            return False
        after = self.playback = before.tick(seconds)
        self._changed()
        if after.state == "finished":
            await self._note(WatchKind.FINISHED)
            return True
        if int(after.share * 10) > int(before.share * 10):
            await self._note(WatchKind.PROGRESS)
        return False

    def set_speed(self, steps: int) -> None:
        """Faster or slower by so many steps."""
        current = self.playback or Playback(Movie(0, ""), speed=self.speed)
        self.speed = current.faster(steps).speed
        if self.playback:
            self.playback = self.playback.faster(steps)
        self._changed()

    async def _note(self, kind: WatchKind) -> None:
        """Write a watch event; the position is the one of this moment."""
        playing = self.playback
        if playing is not None:
            movie_id, seconds = playing.movie.movie_id, int(playing.position)
            await self._run(lambda: self._service.watch(self._user_id, movie_id, kind, seconds))
