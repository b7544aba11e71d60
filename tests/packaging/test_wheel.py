"""The wheel: built from the checkout, unpacked elsewhere, it starts with its own schema and fixtures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = out.glob("matinee-*.whl")
    return built


def test_schema_and_fixtures_travel_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("schema.sql", "fixtures/movies.csv", "fixtures/viewers.csv", "fixtures/ratings.csv.xz"):
        assert f"engine/_data/{name}" in names
    assert not [name for name in names if name.startswith(("tests/", "fixtures/"))]


def test_it_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # First on the path, so that it hides the checkout's own packages; the dependencies come from the environment.
    env = {**os.environ, "PYTHONPATH": str(site), "XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run("-c", "import engine, tui; print(engine.__file__, tui.__file__)").count(str(site)) == 2
    report = json.loads(run("-c", "from tui.main import main; main()", "doctor", "--json"))
    assert report["database"]["url"].startswith(f"sqlite:///{tmp_path}")
    assert report["database"]["counts"]["ratings"] == 120_000
