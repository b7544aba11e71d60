"""Shared by all tests: no test touches the user's own folders, and in CI no MySQL test may skip."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.service import logs

_HOME = tempfile.TemporaryDirectory(prefix="matinee-tests-")
for _name in ("DATA", "CACHE", "CONFIG", "STATE"):
    os.environ[f"XDG_{_name}_HOME"] = str(Path(_HOME.name) / _name.lower())
# The processes that tests start inherit these: no accelerator, no surprise from the caller's shell.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ.pop("MATINEE_DB", None)
os.environ.pop("NO_COLOR", None)


def _forget_a_dead_server() -> None:
    """A server that is named but does not answer counts as none, so that its tests skip; in CI they must fail."""
    address = urlsplit(os.environ.get("MATINEE_TEST_MYSQL", ""))
    if not address.hostname or os.environ.get("MATINEE_REQUIRE_MYSQL"):
        return
    try:
        socket.create_connection((address.hostname, address.port or 3306), timeout=2).close()
    except OSError:
        del os.environ["MATINEE_TEST_MYSQL"]


_forget_a_dead_server()


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    """No test logs where the one before has set the log up."""
    yield
    logs.set_up()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where `MATINEE_REQUIRE_MYSQL` is set (CI), a MySQL test that skips has failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("MATINEE_REQUIRE_MYSQL") and item.get_closest_marker("mysql"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but MATINEE_REQUIRE_MYSQL wants every MySQL test to run"
