"""Draws the curves of docs/benchmarks.md from the figures in docs/results, as `matinee ... --json` printed them.

    pip install --group docs
    python docs/curves.py

Curves are drawn of what is there: results/train.jsonl (`matinee train --json`), diversity.json (`matinee evaluate
--diversity --json`), stream.json (`--protocol stream`) and scaling.json (`matinee bench scaling --json`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

HERE = Path(__file__).parent
RESULTS, CURVES = HERE / "results", HERE / "curves"
COLOURS = ("#b3202a", "#1f6f8b", "#d18f1f", "#5b5b5b")
STYLE = {
    "axes.prop_cycle": mpl.cycler(color=COLOURS), "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.25, "font.size": 10, "figure.figsize": (6.4, 3.8), "figure.facecolor": "white",
    "legend.frameon": False, "svg.hashsalt": "matinee",
}  # fmt: skip


def training(axes: Axes, text: str) -> None:
    """Validation RMSE by epoch."""
    records = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    epochs = [record for record in records if record["event"] == "epoch" and record["val_rmse"] is not None]
    axes.plot([record["epoch"] for record in epochs], [record["val_rmse"] for record in epochs], label="the network")
    done = records[-1]
    label = f"with neighbours: {done['val_rmse']:.3f}"
    axes.axhline(done["val_rmse"], color=COLOURS[1], linestyle="--", label=label)
    axes.set(title="Training, MovieLens 100K, preset default", xlabel="epoch", ylabel="validation RMSE, stars")
    axes.legend()


def diversity(axes: Axes, text: str) -> None:
    """Genre distance of the list against NDCG@5, a line a method, a point a strength."""
    (made,) = json.loads(text)["presets"]
    for method in dict.fromkeys(point["method"] for point in made["points"]):
        points = [point for point in made["points"] if point["method"] == method]
        axes.plot(
            [point["ndcg"] for point in points], [point["ild"] for point in points], marker="o", ms=3, label=method
        )
    chosen = next(
        point
        for point in made["points"]
        if (point["method"], point["strength"]) == (made["best"]["method"], made["best"]["strength"])
    )
    axes.plot(chosen["ndcg"], chosen["ild"], "o", ms=9, mfc="none", color="black")
    axes.annotate(f"  {chosen['strength']:.1f}", (chosen["ndcg"], chosen["ild"]), va="center")
    axes.set(title="What variety costs, MovieLens 1M", xlabel="NDCG@5", ylabel="genre distance in the list (ILD@5)")
    axes.invert_xaxis()
    axes.legend()


def stream(axes: Axes, text: str) -> None:
    """RMSE over the stream, a line an arm."""
    (made,) = json.loads(text)["streams"]
    for arm in made["arms"]:
        parts = arm["rmse_by_part"]
        share = [100 * (at + 1) / len(parts) for at in range(len(parts))]
        axes.plot(share, parts, label=f"{arm['name']} {arm['rmse']:.3f}, {arm['seconds']:.0f} s")
    axes.set(title="The last tenth of MovieLens 1M, as it came", xlabel="% of the stream", ylabel="RMSE, stars")
    axes.legend()


def scaling(axes: Axes, text: str) -> None:
    """Seconds of an epoch against ratings."""
    (made,) = (bench for bench in json.loads(text)["benches"] if bench["bench"] == "scaling")
    for name in dict.fromkeys(line["name"] for line in made["lines"]):
        figures = [line["figures"] for line in made["lines"] if line["name"] == name]
        axes.loglog(
            [each["ratings"] for each in figures], [each["epoch seconds"] for each in figures], marker="o", label=name
        )
    axes.set(title="An epoch's time over ratings", xlabel="ratings", ylabel="seconds an epoch")
    axes.legend()


PICTURES: dict[str, tuple[str, Callable[[Axes, str], Any]]] = {
    "training": ("train.jsonl", training),
    "diversity": ("diversity.json", diversity),
    "stream": ("stream.json", stream),
    "scaling": ("scaling.json", scaling),
}


def main() -> None:
    """Every picture whose figures are there."""
    mpl.use("svg")
    CURVES.mkdir(exist_ok=True)
    with plt.rc_context(STYLE):
        for name, (source, draw) in PICTURES.items():
            if not (RESULTS / source).exists():
                sys.stderr.write(f"no {source}: no {name}.svg\n")
                continue
            figure, axes = plt.subplots(layout="constrained")
            draw(axes, (RESULTS / source).read_text(encoding="utf-8"))
            figure.savefig(CURVES / f"{name}.svg", metadata={"Date": None})
            plt.close(figure)


if __name__ == "__main__":
    main()
