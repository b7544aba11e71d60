"""Where `schema.sql` and the fixtures lie: inside an installed wheel, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"


def data_root() -> Path:
    """The folder that holds `schema.sql` and `fixtures/`."""
    return _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def schema_sql() -> str:
    """The text of the only DDL."""
    return (data_root() / "schema.sql").read_text(encoding="utf-8")


def fixtures() -> Path:
    """The folder of the catalogue that ships."""
    return data_root() / "fixtures"
