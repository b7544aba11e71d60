"""One campaign in a process of its own: with folders and, where it needs one, a server of its own, and bounds."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.campaigns import Campaign
from tests.faults.outcomes import Outcomes
from tests.store import databases, mariadb
from tests.store.programs import ROOT

MOST_SECONDS = 1_800
MOST_MB = 1_024
"""Memory of the largest process."""


@dataclass
class Trial:
    """What became of one campaign."""

    campaign: Campaign
    seed: int
    outcomes: Outcomes
    seconds: float = 0.0
    peak_mb: float = 0.0
    """Of the largest process that took part."""
    skipped: str = ""
    """Why there was no try."""

    @property
    def sound(self) -> bool:
        """Whether nothing was wrong; a campaign that was skipped is."""
        return self.outcomes.sound

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        facts = {"campaign": self.campaign.name, "seed": self.seed, "seconds": self.seconds, "peak_mb": self.peak_mb}
        return {**facts, "skipped": self.skipped, **vars(self.outcomes)}


def run_here(campaign: Campaign, seed: int, count: int) -> Trial:
    """Run a campaign in this process, on a server of its own where it needs one."""
    began = time.monotonic()
    try:
        outcomes = _on_a_server(campaign, seed, count) if campaign.engine == "mysql" else campaign.run(seed, count)
    except pytest.skip.Exception as why:
        return Trial(campaign, seed, Outcomes(), skipped=str(why))
    peak = max(_own_peak_mb(), _peak_mb(resource.RUSAGE_CHILDREN))
    outcomes.expect(peak <= MOST_MB, campaign.name, f"took {peak:.0f} MB of memory")
    return Trial(campaign, seed, outcomes, time.monotonic() - began, peak)


def _own_peak_mb() -> float:
    """The most memory of this program; where a process began as a copy of a larger one, `ru_maxrss` keeps that size."""
    status = Path("/proc/self/status")
    if not status.exists():
        return _peak_mb(resource.RUSAGE_SELF)
    [line] = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def run_apart(campaign: Campaign, seed: int, count: int) -> Trial:
    """Run a campaign in a process of its own, which leaves nothing behind."""
    command = [sys.executable, "-m", "tests.faults", campaign.name, "--here", f"--seed={seed}", f"--count={count}"]
    with tempfile.TemporaryDirectory(prefix="matinee-faults-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)  # for a server that runs as another user
        errors = Path(home, "errors")
        with (
            errors.open("wb") as told,
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=_environment(home),
                stdout=subprocess.PIPE,
                stderr=told,  # the engine logs whatever it meets
                text=True,
                start_new_session=True,
            ) as process,
        ):
            try:
                said = process.communicate(timeout=MOST_SECONDS)[0]
            except subprocess.TimeoutExpired:
                said = ""
            finally:
                with suppress(ProcessLookupError):  # all have ended by themselves
                    os.killpg(process.pid, signal.SIGKILL)
        last_word = errors.read_text(errors="replace").strip().rpartition("\n")[2]
    if not said.endswith("}\n"):
        return Trial(campaign, seed, Outcomes(defects=[f"the campaign broke off, or took too long: {last_word}"]))
    return _trial(campaign, json.loads(said.splitlines()[-1]))


def _on_a_server(campaign: Campaign, seed: int, count: int) -> Outcomes:
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        Path(name).chmod(0o755)
        with mariadb.running(mariadb.make_data(Path(name))) as url:
            os.environ[databases.SERVER] = url.reveal().rpartition("/")[0] + "/"
            return campaign.run(seed, count)


def _environment(home: str) -> dict[str, str]:
    """No folder of the user's, no database of theirs and no accelerator."""
    own = {f"XDG_{name}_HOME": f"{home}/{name.lower()}" for name in ("DATA", "CACHE", "CONFIG", "STATE")}
    others = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    return {**others, **own, "TMPDIR": home, "JAX_PLATFORMS": "cpu"}


def _trial(campaign: Campaign, facts: dict[str, Any]) -> Trial:
    facts.pop("campaign")
    seed, seconds, peak_mb, skipped = (facts.pop(name) for name in ("seed", "seconds", "peak_mb", "skipped"))
    return Trial(campaign, seed, Outcomes(**{**facts, "counts": Counter(facts["counts"])}), seconds, peak_mb, skipped)
