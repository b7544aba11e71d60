"""A data set as people have it: a zip file or a folder, with its files at the top or in a sub-folder."""

from __future__ import annotations

import fnmatch
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

from engine.errors import ImportFailed, UnknownFormat

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
"""What reading a damaged zip or an unreadable file raises."""
_FOREIGN = (NotImplementedError, RuntimeError)
"""What opening a zip's file raises where it is packed in an unknown way (the first) or encrypted (the second)."""
_PARTS = "training_set/"
"""The one sub-folder that belongs to a data set: Netflix has a file for each movie in it."""
_DEPTH = 3
"""Levels of a folder that are searched: a data set, a collection of them, not a whole disk."""


class Archive(Protocol):
    """Named files, read as bytes."""

    path: Path

    def names(self) -> list[str]:
        """Relative paths of all files, with `/` between the parts, in order."""

    def size(self, name: str) -> int:
        """Bytes of one file, unpacked."""

    def open(self, name: str) -> IO[bytes]:
        """One file as a stream of bytes."""


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        levels = ("/".join(["*"] * depth) for depth in range(1, _DEPTH + 1))
        files = (found for level in levels for found in path.glob(level) if found.is_file())
        self._names = sorted(found.relative_to(path).as_posix() for found in files)

    def names(self) -> list[str]:
        return self._names

    def size(self, name: str) -> int:
        return (self.path / name).stat().st_size

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")


class _Zip:
    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self.path = path
        self._file = file

    def names(self) -> list[str]:
        return sorted(info.filename for info in self._file.infolist() if not info.is_dir())

    def size(self, name: str) -> int:
        return self._file.getinfo(name).file_size

    def open(self, name: str) -> IO[bytes]:
        return self._file.open(name)


class DataFiles:
    """The files of one data set: those that lie in one folder of an archive."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self._archive = archive
        self.folder = folder
        prefix = f"{folder}/" if folder else ""
        self._paths = {
            name[len(prefix) :]: name
            for name in archive.names()
            if name.startswith(prefix) and "/" not in name[len(prefix) :].removeprefix(_PARTS)
        }

    @property
    def labels(self) -> list[str]:
        """What the data set is called on this disk: the sub-folder's name, the archive's."""
        return [PurePosixPath(self.folder).name, self._archive.path.resolve().stem]

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def names(self) -> list[str]:
        """The file names, without folders."""
        return sorted(self._paths)

    def matching(self, pattern: str) -> list[str]:
        """Files of a pattern, in order; of several behind bars, those of the first that finds any."""
        return next((found for one in pattern.split("|") if (found := fnmatch.filter(self.names(), one))), [])

    def size(self, name: str) -> int:
        """Bytes of one file."""
        return self._archive.size(self._paths[name])

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One file as a stream; ImportFailed where the disk or the zip's check sum objects while it is read."""
        try:
            with self._stream(name) as stream:
                yield stream
        except _DAMAGE as error:
            raise ImportFailed(f"{self._archive.path}: {name} can't be read ({error}): get the file again") from error

    def _stream(self, name: str) -> IO[bytes]:
        try:
            return self._archive.open(self._paths[name])
        except _FOREIGN as error:
            raise ImportFailed(
                f"{self._archive.path}: {name} can't be unpacked ({error}): unpack it, and import the folder"
            ) from error

    def read(self, name: str) -> bytes:
        """One whole file."""
        with self.open(name) as stream:
            return stream.read()

    def head(self, name: str, size: int) -> bytes:
        """The first bytes of a file."""
        with self.open(name) as stream:
            return stream.read(size)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a zip or a folder. Raises ImportFailed where there is nothing, UnknownFormat where it is neither."""
    if path.is_dir():
        yield cast(Archive, _Folder(path))
        return
    if not path.exists():
        raise ImportFailed(f"{path}: no such file or folder")
    if not zipfile.is_zipfile(path):
        raise UnknownFormat(
            f"{path} is neither a zip nor a folder: give the data set's zip, or the folder of its files"
        )
    with zipfile.ZipFile(path) as file:
        yield cast(Archive, _Zip(path, file))


def folders(archive: Archive) -> list[str]:
    """The folders that hold files, the top (empty text) first; the hidden copies that macOS adds are left out."""
    parents = {PurePosixPath(name).parent for name in archive.names() if not _is_hidden(name)}
    ordered = sorted(parents, key=lambda parent: (len(parent.parts), str(parent)))
    return ["" if parent == PurePosixPath(".") else str(parent) for parent in ordered]


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)
