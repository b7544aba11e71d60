"""The examples that people copy are run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "docs" / "library.md"


def test_the_library_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", LIBRARY.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    exec(compile("\n".join(blocks), str(LIBRARY), "exec"), {})


@pytest.mark.parametrize("module", ["engine", "engine.config", "engine.types"])
def test_light_modules_import_no_jax(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name in sys.modules for name in ('jax', 'flax', 'pandas', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
