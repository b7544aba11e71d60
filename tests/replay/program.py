"""The program, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = [sys.executable, "-c", "from tui.main import main; main()"]
_PATIENCE_S = 900.0


def matinee(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*_PROGRAM, *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
