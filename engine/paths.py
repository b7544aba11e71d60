"""The user's folders, by the rules of the platform (XDG on Linux), and the files that ship with the program."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_APP = "matinee"
_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"


def data_dir() -> Path:
    """The default database; kept for ever."""
    return Path(platformdirs.user_data_dir(_APP, appauthor=False))


def cache_dir() -> Path:
    """Checkpoints, the columnar copy of the log, compiled programs: all can be made again from the store."""
    return Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def config_dir() -> Path:
    """Settings of the screens."""
    return Path(platformdirs.user_config_dir(_APP, appauthor=False))


def state_dir() -> Path:
    """Logs and the last viewer."""
    return Path(platformdirs.user_state_dir(_APP, appauthor=False))


def default_database() -> Path:
    """The embedded store that is used when no URL is given."""
    return data_dir() / "matinee.db"


def data_root() -> Path:
    """The folder that holds `schema.sql` and `fixtures/`."""
    return _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def schema_sql() -> str:
    """The text of the only DDL."""
    return (data_root() / "schema.sql").read_text(encoding="utf-8")


def fixtures() -> Path:
    """The folder of the catalogue that ships."""
    return data_root() / "fixtures"
