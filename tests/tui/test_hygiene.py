"""What the screens must not import, and where they must not paint."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import tui

ROOT = Path(tui.__file__).parent
HEAVY = ("jax", "jaxlib", "flax", "optax", "pandas", "scipy", "engine.recommender", "engine.worker")


def loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_screens_load_nothing_heavy() -> None:
    modules = ["tui." + ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.rglob("*.py")]
    names = [name.removesuffix(".__init__") for name in modules]
    assert not loaded_by("\n".join(f"import {name}" for name in names)) & set(HEAVY)


def test_the_command_loads_no_textual_either() -> None:
    loaded = loaded_by("import tui.main")
    assert not loaded & {*HEAVY, "textual", "numpy"}


def test_colours_are_named_in_the_themes_alone() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{6}\b|\brgb\(")
    for path in [*ROOT.rglob("*.py"), *ROOT.rglob("*.tcss")]:
        if path.name != "themes.py":
            assert not colour.search(path.read_text(encoding="utf-8")), path
