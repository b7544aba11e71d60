"""The trainer's thread gives way; the thread that answers viewers does not."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator

import pytest

from engine.service.child import NICENESS
from engine.types import TrainingRecord
from engine.worker.trainer import Trainer


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a niceness per thread")
def test_a_run_is_trained_at_low_priority() -> None:
    seen: list[int] = []

    def records() -> Generator[TrainingRecord, None, None]:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        yield from ()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    Trainer(records(), lambda: None).join()
    assert seen == [NICENESS]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
