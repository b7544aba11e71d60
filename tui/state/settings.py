"""What the screens remember from one start to the next: a small TOML file in the user's config folder."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, get_args

from engine import paths
from engine.types import DEFAULT_METHOD, DEFAULT_STRENGTH, LENSES, MIDDLE, Diversity, DiversityMethod

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_THEME = "matinee-dark"


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """Every value has a default, so a missing or damaged file is no error."""

    theme: str = DEFAULT_THEME
    """By its name in `tui.themes`."""
    diversity_viewer: str = ""
    """Whose diversity and lens they are; any other viewer starts with the defaults."""
    diversity_on: bool = False
    diversity_strength: float = DEFAULT_STRENGTH
    """0 to 1."""
    diversity_method: str = DEFAULT_METHOD
    lens: str = LENSES[MIDDLE]
    """From familiar to loved, by its name."""
    speed: int = 60
    """Playback: seconds of the movie a second."""

    @property
    def diversity(self) -> Diversity:
        """The toggle as the engine takes it; values that make no sense give the defaults."""
        known: tuple[DiversityMethod, ...] = get_args(DiversityMethod)
        method = next((name for name in known if name == self.diversity_method), DEFAULT_METHOD)
        return Diversity(self.diversity_on, min(1.0, max(0.0, self.diversity_strength)), method)

    def diversity_of(self, viewer: str) -> Diversity:
        """The toggle as this viewer left it; for another one as it is to begin with."""
        return self.diversity if viewer == self.diversity_viewer else Diversity()

    def lens_of(self, viewer: str) -> int:
        """The lens as this viewer left it; a name that is none, or another viewer's, gives the middle."""
        own = viewer == self.diversity_viewer
        return next((place for place, name in enumerate(LENSES) if own and name == self.lens), MIDDLE)


def settings_path() -> Path:
    """The settings' file in the user's config folder."""
    return paths.config_dir() / "settings.toml"


def load(path: Path) -> ScreenSettings:
    """The settings of a file; what is missing, unknown or of the wrong type counts as not said."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ScreenSettings()
    defaults = ScreenSettings()
    known: dict[str, Any] = {}
    for field in fields(ScreenSettings):
        default, value = getattr(defaults, field.name), said.get(field.name)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if type(value) is type(default):
            known[field.name] = value
    return ScreenSettings(**known)


def save(path: Path, settings: ScreenSettings) -> None:
    """Write all settings, through a second file, so that a crash leaves the old ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{field.name} = {_toml(getattr(settings, field.name))}" for field in fields(settings)]
    draft = path.with_suffix(".new")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(path)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
