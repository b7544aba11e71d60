"""Certificates for tests, made by the `openssl` command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Certificate(NamedTuple):
    """A certificate that vouches for itself, so it is its own authority."""

    file: Path
    key: Path


def make(folder: Path, name: str = "localhost", *, host: str = "IP:127.0.0.1", days: int = 2) -> Certificate:
    """A certificate of `host`, as openssl writes a subjectAltName; one of -1 days has expired."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    made, request = Certificate(folder / f"{name}.pem", folder / f"{name}.key"), folder / f"{name}.csr"
    ask = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName={host}"]
    sign = ["x509", "-req", "-in", request, "-signkey", made.key, "-days", str(days), "-copy_extensions", "copy"]
    for command in ([*ask, "-keyout", made.key, "-out", request], [*sign, "-out", made.file]):
        subprocess.run([openssl, *command], check=True, capture_output=True)
    return made
