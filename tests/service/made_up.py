"""Made-up movies and records of training, for tests of screens."""

from __future__ import annotations

from typing import Any

from engine.runs import CurvePoint, KeptRun
from engine.types import Movie, RunKind, TrainingRecord

_FILMS = (
    ("Stalker", 1979, "Drama|Sci-Fi", 162, "Andrei Tarkovsky", "USSR"),
    ("Blade Runner", 1982, "Sci-Fi|Thriller", 117, "Ridley Scott", "USA"),
    ("Alien", 1979, "Horror|Sci-Fi", 117, "Ridley Scott", "USA"),
    ("Amélie", 2001, "Comedy|Romance", 122, "Jean-Pierre Jeunet", "France"),
    ("Seven Samurai", 1954, "Action|Drama", 207, "Akira Kurosawa", "Japan"),
    ("Brazil", 1985, "Comedy|Sci-Fi", 132, "Terry Gilliam", "UK"),
    ("Persepolis", 2007, "Animation|Drama", 96, "Marjane Satrapi", "France"),
    ("The Conversation", 1974, "Mystery|Thriller", 113, "Francis Ford Coppola", "USA"),
    ("Paris, Texas", 1984, "Drama", 145, "Wim Wenders", "West Germany"),
    ("Spirited Away", 2001, "Animation|Fantasy", 125, "Hayao Miyazaki", "Japan"),
    ("Casablanca", 1942, "Drama|Romance", 102, "Michael Curtiz", "USA"),
    ("The Shining", 1980, "Horror", 144, "Stanley Kubrick", "UK"),
)


def films(n: int = 12) -> list[Movie]:
    """`n` movies: twelve real ones, then numbered sequels of them."""
    made = []
    for number in range(1, n + 1):
        title, year, genres, runtime, director, country = _FILMS[(number - 1) % len(_FILMS)]
        part = (number - 1) // len(_FILMS)
        name = f"{title} {part + 1}" if part else title
        synopsis = f"What happens in {name}, told in one sentence."
        made.append(Movie(number, name, year + part, tuple(genres.split("|")), runtime, director, country, synopsis))
    return made


def training_record(epoch: int, epochs: int, run: RunKind = "full") -> TrainingRecord:
    """The record at the end of an epoch, with figures that fall as they should."""
    return TrainingRecord(
        event="epoch",
        run=run,
        preset="default",
        device="cpu",
        epoch=epoch,
        epochs=epochs,
        step=epoch * 10,
        steps=epochs * 10,
        loss=1.0 / epoch,
        val_rmse=0.9 + 0.2 / epoch,
        val_ndcg10=0.3 + 0.05 * epoch / epochs,
        ratings_per_s=800_000.0,
        ms_per_step=3.2,
        compile_s=1.5,
        memory_mb=512.0,
        elapsed_s=float(epoch),
    )


def kept_run(number: int, **other: Any) -> KeptRun:
    """A full run that was kept: eight epochs whose error falls to .9 and a hundredth for each number."""
    points = tuple(
        CurvePoint(10 * epoch, epoch, 1.0 / epoch, 0.9 + 0.01 * number + 0.2 / epoch, 0.3) for epoch in range(1, 9)
    )
    last = points[-1]
    facts: dict[str, Any] = {
        "run_id": str(number), "kind": "full", "preset": "default", "seed": 0, "device": "cpu", "version": "0.1.0",
        "store": "u", "trained_seq": 100 * number, "began_at": 1_700_000_000 + 3600 * number,
        "seconds": 10.0 - number, "epochs": 8, "n_users": 40, "n_movies": 30, "n_ratings": 100 * number,
        "outcome": "serves", "loss": last.loss, "val_rmse": last.val_rmse, "val_ndcg10": 0.3 + 0.01 * number,
        "settings": {"name": "default", "width": 96, "dropout": 0.4, "layers": (256, 128)}, "curve": points,
    }  # fmt: skip
    return KeptRun(**(facts | other))


def incremental_run(seq: int, rmse: float) -> KeptRun:
    """An incremental run that was kept."""
    return kept_run(1, run_id=f"i{seq}", kind="incremental", trained_seq=seq, val_rmse=rmse, curve=(), settings={})
