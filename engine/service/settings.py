"""What one run of Matinée was asked for: which database, which model, on which device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine import paths


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that the app and every headless command share."""

    database: str | None = None
    """Database URL; None means `MATINEE_DB`, or the file in the user's data folder."""
    preset: str = "default"
    """Which model to train, by its name in `engine.config`."""
    device: str = "auto"
    """`auto`, `cpu` or `gpu`."""
    seed: int = 0
    """Seeds the split, the weights and the order of the training batches."""
    cache_dir: str | None = None
    """Checkpoints and the columnar copy of the log; None means the user's cache folder."""
    state_dir: str | None = None
    """The engine's log and the last viewer; None means the user's state folder."""

    @property
    def cache_path(self) -> Path:
        """The folder of everything that can be made again from the store."""
        return Path(self.cache_dir) if self.cache_dir else paths.cache_dir()

    @property
    def state_path(self) -> Path:
        """The folder of the engine's log and the last viewer."""
        return Path(self.state_dir) if self.state_dir else paths.state_dir()

    @property
    def log_path(self) -> Path:
        """The log of the engine's process and of the app."""
        return self.state_path / "engine.log"
