"""A data set as people have it: a zip file or a folder, with its files at the top or in a sub-folder."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BufferedReader, FileIO
from pathlib import Path, PurePosixPath
from typing import IO

from engine.errors import ImportFailed, UnknownFormat
from engine.importing.limits import MAX_DIRECTORY, MAX_FILES, MAX_RATIO, SMALL_FILE
from engine.text import brief, named, placed

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
"""What reading a damaged zip or an unreadable file raises."""
_FOREIGN = (NotImplementedError, RuntimeError, ValueError, OverflowError)
"""What opening a zip or a file in it raises beside: an unknown way of packing, a password, wrong places and names."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How data sets are packed. The others unpack to any size from nothing."""
_PARTS = "training_set"
"""The one sub-folder that belongs to a data set: Netflix has a file for each movie in it."""
_PIECE = 4 << 20
"""Bytes read at once."""
_DEPTH = 3
"""Levels of a folder that are searched: a data set, a collection of them, not a whole disk."""
Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""
Scan = Callable[[str], AbstractContextManager[Iterable[os.DirEntry[str]]]]
"""`os.scandir`, or a test's stand-in."""


class Archive(ABC):
    """Named files, read as bytes."""

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        self.path = path
        self.folders: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """For each folder, the top is empty, the files that a data set in it would have, and their paths."""
        for count, name in enumerate(names, 1):  # one pass: a search for each folder would be quadratic
            if count > MAX_FILES:
                raise ImportFailed(
                    f"{placed(path)} holds more than {MAX_FILES:,} files: name the data set's own folder"
                )
            folder, _, file = name.removeprefix("./").rpartition("/")
            self.folders[folder][file] = name
            above, _, last = folder.rpartition("/")
            if last == _PARTS:
                self.folders[above][f"{_PARTS}/{file}"] = name

    @abstractmethod
    def size(self, name: str) -> int:
        """Bytes of one file, unpacked."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """One file as a stream of bytes."""


class _Folder(Archive):
    def __init__(self, path: Path, scan: Scan) -> None:
        super().__init__(path, _files(str(path), scan))

    def size(self, name: str) -> int:
        return (self.path / name).stat().st_size

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")


class _Zip(Archive):
    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        super().__init__(path, (name for name in file.namelist() if name and not name.endswith("/")))
        self._file = file
        self._packed = path.stat().st_size

    def size(self, name: str) -> int:
        return self._file.getinfo(name).file_size

    def open(self, name: str) -> IO[bytes]:
        info = self._file.getinfo(name)
        if info.compress_type not in _METHODS:
            raise RuntimeError("packed in an unusual way")
        if info.file_size > max(SMALL_FILE, MAX_RATIO * min(info.compress_size, self._packed)):
            raise RuntimeError(f"it says that it unpacks to more than {MAX_RATIO} times its size")
        return self._file.open(name)


class DataFiles:
    """The files of one data set: those that lie in one folder of an archive."""

    def __init__(self, archive: Archive, folder: str, piece: int = _PIECE) -> None:
        self._archive = archive
        self.folder = folder
        self._piece = piece
        self._paths = archive.folders.get(folder, {})
        self._digests: dict[str, str] = {}

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
        with _guarded(self._archive.path, name):
            return self._archive.size(self._paths[name])

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One file as a stream; ImportFailed where the disk or the zip's check sum objects while it is read."""
        with _guarded(self._archive.path, name), self._stream(name) as stream:
            yield stream

    def _stream(self, name: str) -> IO[bytes]:
        try:
            return self._archive.open(self._paths[name])
        except _FOREIGN as error:
            raise ImportFailed(
                f"{placed(self._archive.path)}: {named(name)} can't be unpacked ({brief(error)}): "
                "unpack it, and import the folder"
            ) from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """One file piece by piece, without byte order mark; whoever takes all of them has its digest for nothing."""
        digest, mark = hashlib.sha256(), BOM_UTF8
        with self.open(name) as stream:
            while piece := stream.read(self._piece):
                digest.update(piece)
                yield piece.removeprefix(mark)
                mark = b""
        self._digests[name] = digest.hexdigest()

    def digest(self, name: str, progress: Callable[[int], None] | None = None) -> str:
        """SHA-256 of a file's bytes, which is read for it where nobody has read it to its end; told the bytes read."""
        if name not in self._digests:
            for piece in self.pieces(name):
                if progress:
                    progress(len(piece))
        return self._digests[name]

    def head(self, name: str, size: int) -> bytes:
        """At most `size` bytes of the beginning of a file."""
        with self.open(name) as stream:
            return stream.read(size)


@contextmanager
def open_archive(path: Path, scan: Scan = os.scandir) -> Iterator[Archive]:
    """Open a zip or a folder. Raises ImportFailed where there is nothing, UnknownFormat where it is neither."""
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        with _guarded(path):
            folder = _Folder(path, scan)
        yield folder
        return
    if not stat.S_ISREG(mode):
        raise _neither(path)
    with _opened(path) as stream:
        yield _Zip(path, _unpacking(path, stream))


def _neither(path: Path) -> UnknownFormat:
    return UnknownFormat(
        f"{placed(path)} is neither a zip nor a folder: give the data set's zip, or the folder of its files"
    )


@contextmanager
def _guarded(path: Path, name: str = "") -> Iterator[None]:
    """ImportFailed for what the disk or a check sum objects to."""
    try:
        yield
    except _DAMAGE as error:
        place = f"{placed(path)}: {named(name)}" if name else placed(path)
        if isinstance(error, PermissionError):
            raise ImportFailed(f"{place} may not be read (permission denied): make it readable, or copy it") from error
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ImportFailed(f"{place} can't be read ({brief(why)}): get the file again") from error


def _mode(path: Path) -> int:
    try:
        with _guarded(path):
            return path.stat().st_mode
    except ValueError:
        raise ImportFailed(f"{placed(path)}: no such file or folder") from None
    except ImportFailed as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            raise ImportFailed(f"{placed(path)}: no such file or folder") from error.__cause__
        raise


class _BoundedFile(BufferedReader):
    """A file of which nothing asks for more than a zip's list of files may be long; the list is read at once."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise ImportFailed(
                f"{placed(Path(self.name))} lists more than {MAX_FILES:,} files: unpack it, and import the folder"
            )
        return super().read(MAX_DIRECTORY if size is None or size < 0 else size)


def _opened(path: Path) -> _BoundedFile:
    with _guarded(path):
        return _BoundedFile(FileIO(str(path)))


def _unpacking(path: Path, stream: _BoundedFile) -> zipfile.ZipFile:
    try:
        with _guarded(path):
            if not zipfile.is_zipfile(stream):
                raise _neither(path)
            return zipfile.ZipFile(stream)
    except _FOREIGN as error:
        raise ImportFailed(
            f"{placed(path)} can't be unpacked ({brief(error)}): unpack it, and import the folder"
        ) from error


def _files(top: str, scan: Scan) -> Iterator[str]:
    """Relative paths of the regular files of a folder, level by level; a folder inside that is closed is passed by."""
    level = [""]
    for depth in range(_DEPTH):
        below: list[str] = []
        for folder in level:
            for name, is_folder in _entries(top, folder, scan, may_be_closed=depth > 0):
                if is_folder:
                    below.append(f"{name}/")
                else:
                    yield name
        level = below


def _entries(top: str, folder: str, scan: Scan, *, may_be_closed: bool) -> Iterator[tuple[str, bool]]:
    try:
        with scan(f"{top}/{folder}") as entries:
            found = [(f"{folder}{entry.name}", os.path.isdir(entry)) for entry in entries if _is_plain(entry)]
    except PermissionError:
        if not may_be_closed:
            raise
        return
    yield from sorted(found)


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """A file or a folder, or a link to one: no pipe or device, from which a read may never come back."""
    return os.path.isdir(entry) or os.path.isfile(entry)


def folders(archive: Archive) -> list[str]:
    """The folders that hold files, the top (empty text) first; the hidden copies that macOS adds are left out."""
    seen = [folder for folder in archive.folders if not _is_hidden(folder)]
    return sorted(seen, key=lambda folder: (folder.count("/") + bool(folder), folder))


def _is_hidden(folder: str) -> bool:
    parts = folder.split("/")
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)
