"""The persistent cache of compiled programs: a second process finds what a first one compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import jax, jax.numpy as jnp
from engine.training import device
device.use_compilation_cache(sys.argv[1])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.jit(lambda x: jnp.tanh(x @ x).sum())(jnp.ones((8, 8)))
"""


def compiled_by_a_process(folder: Path) -> set[str]:
    subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], check=True, capture_output=True)
    return {file.name for file in folder.iterdir() if file.name.endswith("-cache")}


def test_compiled_programs_are_kept_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "xla"
    first = compiled_by_a_process(folder)
    assert first
    assert compiled_by_a_process(folder) == first


def test_a_link_to_the_folder_finds_the_same_programs(tmp_path: Path) -> None:
    folder, link = tmp_path / "xla", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder, target_is_directory=True)
    first = compiled_by_a_process(folder)
    assert compiled_by_a_process(link) == first
