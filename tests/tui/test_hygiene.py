"""What the screens must not import, and where they must not paint."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp

import tui

ROOT = Path(tui.__file__).parent
HEAVY = ("jax", "jaxlib", "flax", "optax", "pandas", "scipy", "engine.recommender", "engine.worker")


def test_imports_for_a_type_checker_keep_to_the_layers_too() -> None:
    settings = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers" and each["containers"] == ["tui"])
    order = [{f"tui.{name.strip()}" for name in layer.split("|")} for layer in layers]
    graph = grimp.build_graph("tui", exclude_type_checking_imports=False, cache_dir=None)
    assert graph.find_illegal_dependencies_for_layers(order) == set()


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
