"""What makes two copies of a data set the same one: the bytes of the files that are read, not the zip around them."""

from __future__ import annotations

import hashlib

from engine.importing.detect import Found
from engine.importing.sizes import used_files

RULES = "1"
"""Raised when the same files would be read in another way, so that an import started before does not go on mixed."""
_BLOCK = 4 << 20


def fingerprint(found: Found) -> str:
    """SHA-256 over the rules of reading and each file's name and bytes; a renamed copy has the same one."""
    how = f"{found.format.encoding} {found.format.scale}" if found.format else "told from the files"
    total = hashlib.sha256(f"{RULES} {found.family} {how}\n".encode())
    for name in used_files(found):
        total.update(f"{name} {_digest(found, name)}\n".encode())
    return total.hexdigest()


def _digest(found: Found, name: str) -> str:
    digest = hashlib.sha256()
    with found.files.open(name) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
