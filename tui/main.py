"""The command `matinee`."""

from __future__ import annotations


def main() -> None:
    """Start."""
