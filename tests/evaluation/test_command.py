"""`matinee evaluate --protocol …` from the command line, on small files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation import made
from tui.main import main

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", *arguments])
        written = capsys.readouterr()
        return int(ended.value.code or 0), written.out, written.err

    return run


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(made.write_100k(tmp_path_factory.mktemp("100k"), made.rating_frame(), made.movie_frame()))


@pytest.fixture(scope="module")
def dat(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(made.write_dat(tmp_path_factory.mktemp("dat"), made.rating_frame(), made.movie_frame()))


def parsed(answer: tuple[int, str, str]) -> dict[str, Any]:
    code, out, err = answer
    assert code == 0, err
    report: dict[str, Any] = json.loads(out)
    return report


def test_folds(call: Call, folds: str) -> None:
    report = parsed(call("--protocol", "folds", "--data", folds, "--preset", "none", "--json"))
    assert (report["protocol"], report["data"], report["on"]) == ("folds", "ml-100k", "test")
    assert {row["split"] for row in report["results"]} == {"u1", "u2"}
    assert {row["model"] for row in report["results"]} == {
        "popularity", "biases", "item-knn", "ease", "edlae", "infinite-ae",
    }  # fmt: skip
    knn = next(row for row in report["summary"] if (row["model"], row["metric"]) == ("item-knn", "rmse"))
    assert knn["mean"] < 1.2
    assert knn["splits"] == 2


def test_strong_with_a_preset_and_differences(call: Call, dat: str) -> None:
    report = parsed(
        call(
            "--protocol",
            "strong",
            "--data",
            dat,
            "--baselines",
            "ease",
            "--seeds",
            "1,2",
            "--against",
            "ease",
            "--json",
        )
    )
    summary = {(row["model"], row["metric"]): row for row in report["summary"]}
    assert {row["model"] for row in report["results"]} == {"default", "ease"}
    assert summary["default", "ndcg@100"]["difference"] is not None
    assert summary["ease", "ndcg@100"]["difference"] is None
    assert [row["seed"] for row in report["results"]] == [1, 1, 2, 2]


def test_random_for_people(call: Call, dat: str) -> None:
    code, out, _ = call("--protocol", "random", "--data", dat, "--preset", "none", "--baselines", "biases,item-knn")
    assert code == 0
    assert "biases" in out
    assert "±" in out
    assert "RMSE by split" in out
    assert "seed 2" in out


def test_stream(call: Call, dat: str) -> None:
    report = parsed(
        call(
            "--protocol",
            "stream",
            "--data",
            dat,
            "--batch",
            "20",
            "--learn-every",
            "20",
            "--retrain-every",
            "40",
            "--json",
        )
    )
    (stream,) = report["streams"]
    assert [arm["name"] for arm in stream["arms"]] == ["frozen", "fold-in", "incremental", "retrained"]
    assert stream["time_share"] > 0
    old = {arm["name"]: arm["old_rmse"] for arm in stream["arms"]}
    assert stream["forgotten_over_fold_in"] == pytest.approx(old["incremental"] - old["fold-in"])
    assert all(len(arm["rmse_by_part"]) == 10 for arm in stream["arms"])
    assert all(0 < arm["rmse"] < 2.5 for arm in stream["arms"])


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A half of the ratings as what was chosen, the other as what chance showed."""
    folder, ratings = tmp_path_factory.mktemp("exposed"), made.rating_frame().rename(columns={"movie": "item"})
    for name, some in (("chosen", ratings.iloc[::2]), ("random", ratings.iloc[1::2])):
        some[["user", "item", "stars"]].to_csv(folder / f"{name}.csv", index=False)
    return str(folder)


def test_exposure_with_all_orders(call: Call, exposed: str) -> None:
    report = parsed(call("--protocol", "exposure", "--data", exposed, "--json"))
    (part,) = report["parts"]
    models = {result["model"]: result["metrics"] for result in part["results"]}
    assert list(models) == ["default", "default (choice)", "default (stars)", "popularity", "biases"]
    assert set(models["default"]) == {
        "ndcg@5",
        "graded_ndcg@5",
        "stars@3",
        "rmse",
        "error",
        "rmse_chosen",
        "error_chosen",
    }
    assert set(models["default (stars)"]) == {"ndcg@5", "graded_ndcg@5", "stars@3"}
    assert models["default (stars)"]["ndcg@5"] > models["popularity"]["ndcg@5"]
    by_key = {(row["model"], row["metric"]): row for row in part["summary"]}
    low, high = by_key["popularity", "stars@3"]["interval"]
    assert low < models["popularity"]["stars@3"] < high
    low, high = by_key["popularity", "stars@3"]["difference_interval"]
    assert low < by_key["popularity", "stars@3"]["difference"] < high


def test_exposure_for_people(call: Call, exposed: str) -> None:
    code, out, _ = call("--protocol", "exposure", "--data", exposed, "--orders", "stars", "--baselines", "none")
    assert code == 0
    assert "default (stars)" in out
    assert "default (choice)" not in out
    assert all(words in out for words in ("NDCG@5 of 2^stars - 1", "stars of the first 3", "95 %", "error"))
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.slow
def test_truth_of_both_generators(call: Call) -> None:
    report = parsed(
        call("--protocol", "truth", "--seeds", "3,4", "--preset", "none", "--baselines", "popularity,biases", "--json")
    )
    assert [part["data"] for part in report["parts"]] == ["shipped", "social"]
    for part in report["parts"]:
        assert [result["seed"] for result in part["results"]] == [3, 3, 4, 4]
        by_key = {(row["model"], row["metric"]): row for row in part["summary"]}
        assert -1 < by_key["popularity", "share@5"]["mean"] < 1
        assert 0 < by_key["biases", "share@5"]["mean"] < 1
        low, high = by_key["biases", "stars@5"]["interval"]
        assert low < by_key["biases", "stars@5"]["mean"] < high
        assert by_key["biases", "coverage@5"]["interval"] is None


def test_random_judges_hits_by_their_stars(call: Call, dat: str) -> None:
    report = parsed(call("--protocol", "random", "--data", dat, "--orders", "stars", "--seeds", "0", "--json"))
    (stars,) = (result["metrics"] for result in report["results"] if result["model"] == "default (stars)")
    assert {"hit_stars@10", "bad_hits@10", "gain@10"} < set(stars)
    assert 1 <= stars["hit_stars@10"] <= 5


def test_what_variety_costs(call: Call, dat: str) -> None:
    report = parsed(call("--diversity", "--data", dat, "--seeds", "0,1", "--viewers", "9", "--json"))
    assert (report["data"], report["on"]) == ("ml-1m", "validation")
    (preset,) = report["presets"]
    assert preset["preset"] == "default"
    assert [split["seed"] for split in preset["splits"]] == [0, 1]
    assert [split["viewers"] for split in preset["splits"]] == [9, 9]
    assert len(preset["points"]) == 33
    for at, point in enumerate(preset["points"]):
        mean = sum(split["points"][at]["ild"] for split in preset["splits"]) / 2
        assert point["ild"] == pytest.approx(mean)
    assert preset["best"]["method"] in {"calibrated", "mmr", "dpp"}


def test_what_variety_costs_for_people(call: Call, dat: str) -> None:
    code, out, _ = call("--diversity", "--data", dat, "--on", "test")
    assert code == 0
    assert all(word in out for word in ("calibrated", "mmr", "dpp", "ILD@5", "α-NDCG@5", "price"))
    assert "default, ml-1m, test, seed 0: five movies for each of" in out
    assert "Highest ILD for at most 5% of NDCG@5: " in out
    assert max(map(len, out.splitlines())) <= 80


def test_without_a_protocol_a_fifth_is_held_out_and_cheap_baselines_are_compared(call: Call, dat: str) -> None:
    report = parsed(call("--data", dat, "--json"))
    assert report["protocol"] == "holdout"
    assert [row["model"] for row in report["results"]] == ["default", "popularity", "biases"]
    intervals = {f"covered_{side}_{third}" for side in ("user", "movie") for third in ("low", "mid", "high")}
    wanted = {"rmse", "mae", "ndcg@10", "rmse_dated", "covered", "interval_width"} | intervals
    assert set(report["results"][0]["metrics"]) == wanted


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--protocol", "folds"), 2, "brings no folds"),
        (("--protocol", "strong", "--baselines", "eas"), 2, "did you mean 'ease'"),
        (("--protocol", "strong", "--preset", "defalt"), 2, "did you mean 'default'"),
        (("--protocol", "random", "--seeds", "x"), 2, "0,1,2"),
        (("--protocol", "random", "--preset", "none", "--against", "ghost"), 2, "ghost is not among the models"),
        (("--protocol", "random", "--preset", "none", "--baselines", "none"), 2, "name a preset"),
        (("--protocol", "stream", "--baselines", "ease"), 2, "takes no --baselines"),
        (("--protocol", "stream", "--on", "validation"), 2, "no validation part"),
        (("--protocol", "stream", "--orders", "stars"), 2, "takes no --orders"),
        (("--protocol", "random", "--orders", "star"), 2, "did you mean 'stars'"),
        (("--protocol", "truth"), 2, "takes no --data"),
        (("--protocol", "exposure"), 4, "has no chosen.csv beside a random.csv"),
        (("--protocol", "exposure", "--on", "validation"), 2, "exposure has no validation part"),
        (("--diversity", "--orders", "stars"), 2, "takes no --orders"),
        (("--diversity", "--baselines", "ease"), 2, "takes no --baselines"),
        (("--diversity", "--protocol", "strong"), 2, "takes no --protocol"),
        (("--diversity", "--preset", "none"), 2, "name one with --preset"),
    ],
)
def test_wrong_questions(call: Call, dat: str, arguments: tuple[str, ...], code: int, words: str) -> None:
    got, out, err = call("--data", dat, *arguments)
    assert (got, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


def test_exposure_needs_data(call: Call) -> None:
    code, _, err = call("--protocol", "exposure")
    assert code == 2
    assert "chosen.csv and random.csv" in err


def test_missing_data_is_parsed(call: Call, tmp_path: Path) -> None:
    code, _, err = call("--protocol", "random", "--data", str(tmp_path / "gone"))
    assert code == 4
    assert "no such file" in err
