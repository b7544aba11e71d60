"""Names in a script: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ScriptBroken
from engine.replay.names import check_names
from engine.replay.reader import parse
from engine.replay.report import play
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from tests.replay.evening import LOGIN, run
from tests.service.fake import FakeService


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "- rate: {Alien: 5}\n- rate: {Alein: 4}\n",
            "x.yaml:3: step 3: no movie is called 'Alein'; did you mean `Alien (1979)`",
        ),
        ("- rate: {Alien: 5}\n- login: An\n", "x.yaml:3: step 3: no viewer is called 'An'; did you mean 'Ana'?"),
        ("- login: Qqq\n", "no viewer is called 'Qqq'; write `login: {name: Qqq, new: true}` for somebody new"),
        ("- rate:\n    Alien: 5\n    Alein: 4\n", "x.yaml:4: step 2: no movie is called 'Alein'"),
        ("- expect:\n    contains:\n      - Alien\n      - Alein\n", "x.yaml:5: step 2: no movie"),
        ("- rate: {Alien: 5}\n- login: {name: ANA, new: true}\n", "'ANA' exists already"),
        (
            f"- rate: {{Alien: 5}}\n- login: {{name: {'x' * 81}, new: true}}\n",
            "x.yaml:3: step 3: a viewer's name has at most",
        ),
        (
            "- rate: {Alien: 5}\n- add_movie: {title: New, year: 99999}\n",
            "x.yaml:3: step 3: movie 'New' can't be of the year",
        ),
        ("- rate: {Alien: 5}\n- add_movie: {title: New, runtime: 0}\n", "can't run 0 minutes"),
        ("- rate: {Alien: 5}\n- search: {genre: Dramma}\n", "no genre `Dramma`; did you mean `Drama`?"),
        ("- rate: {Alien: 5}\n- add_movie: {title: New, genres: [Drama, Horrro]}\n", "did you mean `Horror`?"),
        ("- rate: {Alien: 5}\n- import: nothing.zip\n", "there is no file nothing.zip"),
        ("- rate: {Alien: 5}\n- open: 'Alien [4]'\n", "the movie with the number 4 is `Amélie (2001)`"),
        ("- rate: {Alien: 5}\n- expect: {contains: 'X [99]'}\n", "no movie has the number 99"),
        ("- rate: {Alien: 5}\n- expect: {genres: {Horrer: 1}}\n", "did you mean `Horror`?"),
    ],
)
def test_a_name_that_means_nothing_breaks_the_script_and_changes_nothing(
    service: FakeService, text: str, said: str
) -> None:
    with pytest.raises(ScriptBroken) as caught:
        run(service, LOGIN + text)
    assert said in str(caught.value)
    assert not service.log


def test_a_movie_of_a_title_that_two_have_is_asked_for_by_number(service: FakeService) -> None:
    service.add_movie("Alien", year=2030)
    with pytest.raises(ScriptBroken, match=r"2 movies are called 'Alien': write `Alien \(1979\) \[3\]`"):
        run(service, LOGIN + "- open: Alien\n")
    assert run(service, LOGIN + "- open: Alien (1979)\n- open: 'Alien [13]'\n").passed


def test_what_a_data_set_brings_is_known_before_anything_is_played(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (films / "movies.csv").write_text("movieId,title,genres\n1,Vertigo (1958),Mystery\n")
    (films / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.5,1000\n")
    with open_store(f"sqlite:///{tmp_path}/m.db") as store:
        store.add_user("Ana")
        store.add_movie("Alien", 1979, ["Horror"])
    with Service(Settings(database=f"sqlite:///{tmp_path}/m.db")) as service:
        service.open()

        def check(*steps: str) -> None:
            text = LOGIN + "".join(f"- {step}\n" for step in steps)
            check_names(parse(text.encode(), tmp_path / "x.yaml"), service)

        bring = "import: {path: films, format: ml-latest}"
        check("open: Alien", bring, "open: Vertigo", "search: {genre: Mystery}", "open: 'Vertigo [2]'")
        for steps, said in (
            (["open: Vertigo", bring], "x.yaml:2: step 2: no movie is called 'Vertigo'"),
            (
                [bring, "open: Vertiga"],
                "x.yaml:3: step 3: no movie is called 'Vertiga'; did you mean `Vertigo (1958)`?",
            ),
            ([bring, "search: {genre: Mistery}"], "did you mean `Mystery`?"),
            (["import: {path: films, format: ml-latst}"], "no format is called 'ml-latst'"),
        ):
            with pytest.raises(ScriptBroken) as caught:
                check(*steps)
            assert said in str(caught.value)
        assert len(service.store.movies()) == 1
        assert service.import_dataset(films).movies == 1
        assert service.catalogue.by_id[2].label == "Vertigo (1958)"
        check(bring, "open: Vertigo")


def test_a_link_that_leads_out_of_the_folder_is_not_followed(service: FakeService, tmp_path: Path) -> None:
    inside = tmp_path / "scripts"
    inside.mkdir()
    (tmp_path / "secret").mkdir()
    (inside / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(ScriptBroken, match="leads out of the script's folder"):
        play(parse(b"- login: Ana\n- import: link\n", inside / "x.yaml"), service)
