"""Settings survive, damaged ones do not harm, themes are complete."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.design import ColorSystem

from engine.types import MIDDLE, Diversity
from tui.state.settings import ScreenSettings, load, save
from tui.themes import THEMES, VARIABLES, next_theme


def test_round_trip(tmp_path: Path) -> None:
    settings = ScreenSettings("matinee-light", 'O"Hara \\ é', True, 0.7, "mmr", "loved", 300)
    save(tmp_path / "deep" / "settings.toml", settings)
    assert load(tmp_path / "deep" / "settings.toml") == settings
    assert settings.diversity == Diversity(True, 0.7, "mmr")


def test_diversity_and_lens_are_one_viewers() -> None:
    settings = ScreenSettings(diversity_viewer="Ana", diversity_on=True, diversity_strength=0.7, lens="loved")
    assert (settings.diversity_of("Ana"), settings.lens_of("Ana")) == (Diversity(True, 0.7), 4)
    assert (settings.diversity_of("Bruno"), settings.lens_of("Bruno")) == (Diversity(), MIDDLE)


@pytest.mark.parametrize("lens", ["Loved", "", "4", "adored"])
def test_a_lens_that_is_none_is_the_middle(lens: str) -> None:
    assert ScreenSettings(diversity_viewer="Ana", lens=lens).lens_of("Ana") == MIDDLE


@pytest.mark.parametrize(
    "text", ["", "theme = [", "theme = 3\nspeed = 'fast'", "\x00", "diversity_on = 1\nfuture = true"]
)
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path) == ScreenSettings()


def test_values_that_make_no_sense_are_put_right(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('diversity_strength = 9\ndiversity_method = "chaos"\n', encoding="utf-8")
    assert load(path).diversity == Diversity(False, 1.0, "dpp")


def test_themes_are_complete_and_go_round() -> None:
    for theme in THEMES:
        assert set(VARIABLES) <= set(theme.variables)
        assert isinstance(theme.to_color_system(), ColorSystem)
    name = THEMES[0].name
    for _ in THEMES:
        name = next_theme(name)
    assert name == THEMES[0].name
    assert next_theme("somebody-elses") == THEMES[0].name
