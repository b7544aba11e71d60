"""A checkpoint: one file that holds all that is learned, written atomically and verified when read.

The file is a line `matinee-checkpoint 1 SHA256`, then that many bytes of Flax's msgpack. No pickle: a checkpoint can
hold numbers and text, never code.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flax import serialization

from engine import files
from engine.errors import CheckpointDamaged

_MAGIC = b"matinee-checkpoint 1 "


def write(path: str | Path, content: dict[str, Any]) -> None:
    """Write nested dicts of arrays, numbers and text; the old file stays until the new one is safe on disk."""
    payload: bytes = serialization.msgpack_serialize(content)
    header = _MAGIC + hashlib.sha256(payload).hexdigest().encode() + b"\n"
    with files.replacing(Path(path)) as file:
        file.write(header)
        file.write(payload)


def read(path: str | Path) -> dict[str, Any]:
    """The content of a checkpoint.

    Raises CheckpointDamaged when the bytes are not what was written, FileNotFoundError when there is no file.
    """
    data = Path(path).read_bytes()
    end = len(_MAGIC) + 64
    if not data.startswith(_MAGIC) or data[end : end + 1] != b"\n":
        raise CheckpointDamaged(f"{path} is no checkpoint of this version; train again")
    payload = memoryview(data)[end + 1 :]
    if hashlib.sha256(payload).hexdigest().encode() != data[len(_MAGIC) : end]:
        raise CheckpointDamaged(f"{path} is damaged: its checksum differs; train again")
    try:
        content = serialization.msgpack_restore(bytes(payload))
    except Exception as error:  # sealed, but not written by `write`: the format's readers raise all sorts
        raise CheckpointDamaged(f"{path} is sealed, but can't be read ({error}); train again") from error
    if not isinstance(content, dict):
        raise CheckpointDamaged(f"{path} is sealed, but holds no parts of a model; train again")
    return content
