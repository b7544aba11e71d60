"""Every error that Matinée raises on purpose, as one tree.

A message names the object, the place and the remedy, in one line. The core raises; the command line prints that line
and exits with `exit_code`; the screen shows it as a toast or a panel.

    MatineeError
    ├── UsageError               what was asked for makes no sense (exit 2)
    │   ├── BadUrl
    │   ├── BadStars
    │   ├── UnknownUser
    │   ├── UnknownMovie
    │   ├── NameTaken
    │   ├── BadMovie
    │   ├── UnknownPreset
    │   ├── BadFrame
    │   ├── BadStrength
    │   ├── BadOrder
    │   └── ScriptBroken
    ├── StoreError               the database (exit 3)
    │   ├── StoreUnreachable
    │   │   └── StoreAbsent
    │   ├── NotAStore
    │   ├── SchemaTooNew
    │   ├── StoreBusy
    │   ├── StoreReadOnly
    │   ├── StoreNotEmpty
    │   ├── FixturesMissing
    │   └── StoreFailed
    ├── ReplayFailed             a replay did not go as expected (exit 1)
    ├── ImportFailed             the files to import (exit 4)
    │   ├── UnknownFormat
    │   ├── BadEncoding
    │   └── TooManyBadLines
    ├── ExportFailed             the files to write (exit 4)
    └── EngineError              the model and its training (exit 5)
        ├── CheckpointDamaged
        ├── NoDevice
        ├── NotEnoughData
        └── EngineDied
"""

from __future__ import annotations


class MatineeError(Exception):
    """Base of all; `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(MatineeError):
    """What was asked for makes no sense as it stands."""

    exit_code = 2


class BadUrl(UsageError):
    """A database URL that can't be read."""


class BadStars(UsageError):
    """Stars off the half steps from 0.5 to 5."""


class UnknownUser(UsageError):
    """No viewer of that name or id."""


class UnknownMovie(UsageError):
    """No movie of that title or id."""


class NameTaken(UsageError):
    """A new viewer's name that another viewer has, or that is empty or too long."""


class BadMovie(UsageError):
    """A movie's facts that the store can't hold: no title, a year out of bounds, a text too long."""


class UnknownPreset(UsageError):
    """A preset that does not exist."""


class UnknownRun(UsageError):
    """A training run that was never kept."""


class BadFrame(UsageError):
    """A data frame without the columns that are needed, or with text where numbers belong."""


class BadStrength(UsageError):
    """A strength of diversity that is not from 0 to 1."""


class BadOrder(UsageError):
    """An order or a lens that no list has."""


class ScriptBroken(UsageError):
    """A session script that can't be played as it is written."""


class StoreError(MatineeError):
    """The database does not serve."""

    exit_code = 3


class StoreUnreachable(StoreError):
    """The server or file can't be opened."""


class StoreAbsent(StoreUnreachable):
    """There is no database yet, or none with tables."""


class NotAStore(StoreError):
    """A file or database that is something else."""


class SchemaTooNew(StoreError):
    """Made by a newer Matinée."""


class StoreBusy(StoreError):
    """Another program holds the lock for too long."""


class StoreReadOnly(StoreError):
    """The database can be read but not written."""


class StoreNotEmpty(StoreError):
    """An import into a store that holds other data."""


class FixturesMissing(StoreError):
    """The catalogue that ships, from which a first database is made, is missing or can't be read."""


class StoreFailed(StoreError):
    """The engine of the database reported a fault: a full disk, a damaged file, a closed store."""


class ReplayFailed(MatineeError):
    """A step of a session script failed, or an expectation did not hold."""

    exit_code = 1


class ImportFailed(MatineeError):
    """The files can't be imported."""

    exit_code = 4


class UnknownFormat(ImportFailed):
    """No known data set lies at that path."""


class BadEncoding(ImportFailed):
    """A file that is not in its data set's encoding."""


class TooManyBadLines(ImportFailed):
    """More bad lines than an honest data set has."""


class ExportFailed(MatineeError):
    """The files can't be written: something is there already, the disk is full, the folder is not ours."""

    exit_code = 4


class EngineError(MatineeError):
    """The model can't be trained or used."""

    exit_code = 5


class CheckpointDamaged(EngineError):
    """A checkpoint whose bytes are not what was written, or that belongs to another store."""


class NoDevice(EngineError):
    """A device that this machine does not have."""


class NotEnoughData(EngineError):
    """Too few ratings to train on."""


class EngineDied(EngineError):
    """The engine's process ended by itself."""
