"""Who goes first on a busy machine: the screen and a viewer's list before the training."""

from __future__ import annotations

import os
import sys
import threading

NICENESS = 10


def lower() -> None:
    """Let this thread, and all threads that it starts, give way to others.

    Linux keeps a niceness per thread, so that in the engine's process the thread that answers viewers keeps the app's
    own priority. Elsewhere the whole process gives way.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    elif hasattr(os, "nice"):
        os.nice(NICENESS - os.nice(0))
