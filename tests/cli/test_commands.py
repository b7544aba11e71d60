"""The headless commands: what they print, and how they fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.store import open_store
from tests.cli.conftest import Matinee


def test_train_writes_a_line_per_record_and_the_figures_last(matinee: Matinee, home: Path) -> None:
    result = matinee("train", "--json", "--epochs", "2", "--take-over")
    assert result.code == 0
    records = [json.loads(line) for line in result.out.splitlines()]
    assert {record["event"] for record in records} >= {"epoch", "done"}
    assert [record["epoch"] for record in records if record["event"] == "epoch"] == [1, 2]
    last = records[-1]
    assert last["event"] == "done"
    assert (last["preset"], last["device"], last["epochs"]) == ("default", "cpu", 2)
    assert 0 < last["val_rmse"] < 2
    assert 0 <= last["val_ndcg10"] <= 1
    assert last["seconds"] > 0
    assert len(list((home / "cache").rglob("*.ckpt"))) == 2


def test_training_on_nothing_is_an_error_with_the_remedy(matinee: Matinee, home: Path) -> None:
    url = f"sqlite:///{home}/empty.db"
    with open_store(url) as store:
        store.add_movie("Alone", 2000)
        store.add_user("Ana")
    result = matinee("train", "--json", "--db", url)
    assert result.code == 5
    assert "import a data set" in result.err
    listed = matinee("recommend", "--user", "ana", "--db", url, "--json")
    assert listed.code == 0
    assert [row["title"] for row in json.loads(listed.out)] == ["Alone (2000)"]


def test_train_shows_people_a_table(matinee: Matinee) -> None:
    result = matinee("--seed", "1", "train", "--epochs", "1", "--preset", "study")
    assert result.code == 0
    assert "study" in result.out
    assert "validation RMSE" in result.out


def test_recommend_uses_the_checkpoint(matinee: Matinee, home: Path) -> None:
    result = matinee("recommend", "--user", "Viewer 0", "-n", "3", "--json")
    assert result.code == 0
    rows = json.loads(result.out)
    assert [sorted(row) for row in rows] == [["interval", "movie_id", "score", "stars", "title"]] * 3
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    with open_store(None) as store:
        rated = store.ratings_of(store.user("viewer 0").user_id)
    assert not {row["movie_id"] for row in rows} & set(rated)
    assert len(list((home / "cache").rglob("*.ckpt"))) == 1
    assert matinee("recommend", "--user", "Viewer 0", "-n", "3", "--json").out == result.out


def test_recommend_takes_another_order_and_lens(matinee: Matinee) -> None:
    def listed(*options: str) -> list[dict[str, float]]:
        rows: list[dict[str, float]] = json.loads(matinee("recommend", "--user", "viewer 0", *options, "--json").out)
        return rows

    by_stars = listed("--order", "stars")
    scores = [row["score"] for row in by_stars]  # stars of viewers who choose the movie, so at least those shown
    assert scores == sorted(scores, reverse=True)
    assert all(score >= row["stars"] - 1e-3 for score, row in zip(scores, by_stars, strict=True))
    assert listed("--lens", "familiar") == listed("--lens", "0") != listed("--lens", "loved")
    assert listed("--lens", "middle") == listed()


def test_recommend_trains_where_there_is_no_checkpoint_of_that_seed(matinee: Matinee, home: Path) -> None:
    result = matinee("recommend", "--user", "viewer 1", "--seed", "5", "--diversity", "0.5", "--method", "mmr")
    assert result.code == 0
    assert "For viewer 1" in result.out
    assert len(list((home / "cache").rglob("default-seed5-*.ckpt"))) == 1


def test_a_damaged_checkpoint_is_warned_of_on_standard_error_and_the_list_comes(matinee: Matinee, home: Path) -> None:
    [path] = (home / "cache").rglob("*.ckpt")
    path.write_bytes(b"matinee-checkpoint 1 but no more")
    result = matinee("recommend", "--user", "viewer 0", "--json")
    assert result.code == 0
    assert len(json.loads(result.out)) == 5
    assert "set aside" in result.err


def test_an_unknown_viewer_is_one_line_with_the_nearest_name(matinee: Matinee) -> None:
    result = matinee("recommend", "--user", "viewr 7")
    assert result.code == 2
    assert result.err.startswith("matinee: ")
    assert "viewer 7" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("train", "--preset", "defalt"), 2, "default"),
        (("train", "--device", "gpu", "--json"), 5, "gpu"),
        (("train", "--db", "postgres://x"), 2, "sqlite:///"),
        (("train", "--db", "mysql://ana:secret@127.0.0.1:1/m"), 3, "127.0.0.1"),
        (("train", "--epochs", "0"), 2, "--epochs"),
        (("recommend",), 2, "--user"),
        (("recommend", "--user", "viewer 0", "--diversity", "1.5"), 2, "--diversity"),
        (("recommend", "--user", "viewer 0", "--method", "chaos"), 2, "calibrated"),
        (("recommend", "--user", "viewer 0", "--order", "best"), 2, "relevance"),
        (("recommend", "--user", "viewer 0", "--lens", "lovd"), 2, "did you mean 'loved'"),
        (("evaluate", "--device", "gpu"), 5, "gpu"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    matinee: Matinee, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = matinee(*arguments)
    assert result.code == code
    assert words in result.err
    assert "secret" not in result.err + result.out


def test_evaluate_compares_the_preset_with_two_simple_models(matinee: Matinee) -> None:
    result = matinee("evaluate", "--json")
    assert result.code == 0
    report = json.loads(result.out)
    metrics = {row["model"]: row["metrics"] for row in report["results"]}
    assert list(metrics) == ["default", "popularity", "biases"]
    assert "rmse" not in metrics["popularity"]
    assert metrics["default"]["rmse"] < metrics["biases"]["rmse"]
    assert metrics["default"]["ndcg@10"] > metrics["popularity"]["ndcg@10"]


def test_doctor_reports_versions_database_and_checkpoints(matinee: Matinee, home: Path) -> None:
    result = matinee("doctor", "--json")
    assert result.code == 0
    report = json.loads(result.out)
    assert report["database"]["url"] == f"sqlite:///{home}/m.db"
    assert report["database"]["schema"] == 1
    assert report["database"]["counts"]["movies"] == 30
    assert report["device"]["name"] == "cpu"
    assert [state["state"] for state in report["checkpoints"]] == ["good"]
    assert report["packages"]["jax"]
    assert "30" in matinee("doctor").out


def test_doctor_names_every_problem_and_shows_the_rest(matinee: Matinee, home: Path) -> None:
    (home / "m.db").write_text("a letter to my grandmother, long enough to be no database at all")
    result = matinee("doctor", "--json", "--device", "gpu")
    assert result.code == 5
    report = json.loads(result.out)
    assert "gpu" in report["device"]["problem"]
    assert report["database"]["problem"]
    assert report["python"]


def test_doctor_hides_the_password(matinee: Matinee) -> None:
    result = matinee("--db", "mysql://ana:secret@127.0.0.1:1/m", "doctor")
    assert result.code == 3
    assert "secret" not in result.out + result.err
    assert "***" in result.out


def test_a_command_loads_neither_jax_nor_pandas_before_it_needs_them() -> None:
    code = (
        "import sys, engine.cli.train, engine.cli.recommend, engine.cli.doctor, engine.cli.evaluate; "
        "print(sorted({'jax', 'flax', 'pandas', 'numpy', 'textual'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_runs_are_kept_beside_the_database_and_compared(matinee: Matinee, home: Path) -> None:
    assert "No run was kept yet" in matinee("runs").out
    assert matinee("train", "--epochs", "2", "--take-over").code == 0
    assert matinee("train", "--epochs", "1", "--seed", "4").code == 0
    assert len(list((home / "runs").rglob("run-*.json"))) == 2
    first, second = (json.loads(line) for line in matinee("runs", "--json").out.splitlines())
    assert (first["run_id"], first["epochs"], first["seed"], first["outcome"]) == ("1", 2, 0, "serves")
    assert second["seed"] == 4
    assert {point["epoch"] for point in first["curve"] if point["val_rmse"]} == {1, 2}
    table = matinee("runs").out
    assert "validation" in table
    assert f"{first['val_rmse']:.4f}" in table
    compared = matinee("runs", "1", "2")
    assert "seed" in compared.out
    assert "dropout" not in compared.out
    rows = matinee("runs", "1", "--csv").out.splitlines()
    assert rows[0] == "run,kind,step,epoch,loss,val_rmse,val_ndcg10"
    assert len(rows) == 1 + len(first["curve"])
    missing = matinee("runs", "9")
    assert missing.code == 2
    assert "no run '9'; full runs are 1, 2" in missing.err


def test_the_map_is_drawn_and_written(matinee: Matinee, home: Path) -> None:
    svg, table = home / "map.svg", home / "map.csv"
    result = matinee("map", "--user", "Viewer 0", "--svg", str(svg), "--csv", str(table))
    assert result.code == 0, result.err
    picture = ElementTree.fromstring(svg.read_text(encoding="utf-8"))
    titles = [title.text for title in picture.iter("{http://www.w3.org/2000/svg}title")]
    with open_store(None) as store:
        labels = [movie.label for movie in store.movies()]
    assert titles == labels
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}polyline"))) == 1
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "movie,title,year,genres,x,y"
    assert len(lines) == 1 + len(labels)
    assert matinee("map").code == 2
    assert "can't be written" in matinee("map", "--svg", f"{svg}/under/it.svg").err
    again = home / "again.svg"
    assert matinee("map", "--user", "Viewer 0", "--svg", str(again)).code == 0
    assert again.read_bytes() == svg.read_bytes()
