"""Matinée's themes. Widgets name these variables and never a colour; posters alone paint with colours of their own."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

VARIABLES = {
    "frame": "ansi_bright_black",
    "cursor-row": "ansi_default",
    "star": "ansi_yellow",
    "up": "ansi_green",
    "down": "ansi_red",
    "variety": "ansi_magenta",
    "quiet": "ansi_bright_black",
    "curve-loss": "ansi_cyan",
    "curve-val": "ansi_yellow",
}
"""The variables that Matinée adds to Textual's, as the themes of the terminal's own colours have them."""

_DARK = Theme(
    name="matinee-dark",
    primary="#f2b84b",
    secondary="#8fb8de",
    accent="#f2b84b",
    success="#8ccf8a",
    warning="#e8a25c",
    error="#ef7d7d",
    foreground="#e9e4da",
    background="#0f0e15",
    surface="#15141d",
    panel="#1d1b28",
    boost="#242231",
    variables={
        "frame": "#3a3648",
        "cursor-row": "#2a2636",
        "star": "#f2b84b",
        "up": "#8ccf8a",
        "down": "#e58a7b",
        "variety": "#c79bf0",
        "quiet": "#938ea3",
        "curve-loss": "#8fb8de",
        "curve-val": "#f2b84b",
        "border": "#f2b84b",
        "border-blurred": "#3a3648",
        "footer-key-foreground": "#f2b84b",
        "input-selection-background": "#f2b84b 35%",
        "block-cursor-background": "#f2b84b",
        "block-cursor-foreground": "#15141d",
        "scrollbar": "#3a3648",
        "scrollbar-background": "#15141d",
        "scrollbar-corner-color": "#15141d",
        "scrollbar-hover": "#5b5570",
        "scrollbar-background-hover": "#15141d",
        "scrollbar-active": "#f2b84b",
        "scrollbar-background-active": "#15141d",
    },
)

_LIGHT = Theme(
    name="matinee-light",
    primary="#9a5b00",
    secondary="#2b5f8f",
    accent="#9a5b00",
    success="#2f7d32",
    warning="#9a5b00",
    error="#b3261e",
    foreground="#26222e",
    background="#f6f2e9",
    surface="#fdfaf3",
    panel="#eee8db",
    boost="#e6dfcf",
    dark=False,
    variables={
        "frame": "#cbc2b0",
        "cursor-row": "#efe4c8",
        "star": "#a66300",
        "up": "#2f7d32",
        "down": "#b3261e",
        "variety": "#7b3fa8",
        "quiet": "#6d6578",
        "curve-loss": "#2b5f8f",
        "curve-val": "#a66300",
        "border": "#9a5b00",
        "border-blurred": "#cbc2b0",
        "footer-key-foreground": "#9a5b00",
        "block-cursor-background": "#9a5b00",
        "block-cursor-foreground": "#fdfaf3",
        "scrollbar": "#cbc2b0",
        "scrollbar-background": "#fdfaf3",
        "scrollbar-corner-color": "#fdfaf3",
        "scrollbar-hover": "#a89d87",
        "scrollbar-background-hover": "#fdfaf3",
        "scrollbar-active": "#9a5b00",
        "scrollbar-background-active": "#fdfaf3",
    },
)

_CONTRAST = Theme(
    name="matinee-contrast",
    primary="#ffd700",
    secondary="#00e5ff",
    accent="#ffd700",
    success="#5cff5c",
    warning="#ffb000",
    error="#ff8080",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#262626",
    text_alpha=1.0,
    variables={
        "frame": "#ffffff",
        "cursor-row": "#0000c8",
        "star": "#ffd700",
        "up": "#5cff5c",
        "down": "#ff8080",
        "variety": "#ff9cff",
        "quiet": "#dddddd",
        "curve-loss": "#00e5ff",
        "curve-val": "#ffd700",
        "border": "#ffd700",
        "border-blurred": "#ffffff",
        "footer-key-foreground": "#ffd700",
        "block-cursor-background": "#ffd700",
        "block-cursor-foreground": "#000000",
    },
)

THEMES: tuple[Theme, ...] = (
    _DARK,
    _LIGHT,
    _CONTRAST,
    *(
        replace(BUILTIN_THEMES[name], variables=VARIABLES | BUILTIN_THEMES[name].variables)
        for name in ("ansi-dark", "ansi-light")
    ),
)
"""In the order in which the theme command goes through them."""


def next_theme(name: str) -> str:
    """The theme after `name`; the first after the last or after one that is not ours."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
