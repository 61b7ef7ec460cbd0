"""The colours of the product, light and dark: whatever is written can be read (WCAG 2.2, 4.5:1), computed."""

import re

import pytest

from pos_client.ui.theme import DARK, LIGHT, Tokens
from shared_models.resources import resource_bytes

READABLE = 4.5
WRITTEN_ON = {
    "panel": ("ink", "muted", "accent", "warning", "danger", "gold", "blue"),
    "background": ("ink", "muted", "accent", "warning", "danger"),
    "sunken": ("ink", "muted", "accent", "warning", "danger"),
    "accent": ("on_accent",),
    "accent_pressed": ("on_accent",),
    "accent_soft": ("ink", "muted", "accent"),
    "warning_soft": ("ink", "warning"),
    "danger_soft": ("ink", "danger"),
    "gold_soft": ("gold",),
    "blue_soft": ("blue",),
    "header": ("on_header", "header_muted"),
    "warning": ("panel",),
    "pill_good": ("on_pill_good",),
    "pill_wait": ("on_pill_wait",),
}
"""Which colours stand on which surfaces."""


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, by WCAG."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_written_can_be_read(tokens: Tokens) -> None:
    poor = {
        f"{ink} on {surface}": round(contrast(getattr(tokens, ink), getattr(tokens, surface)), 2)
        for surface, inks in WRITTEN_ON.items()
        for ink in inks
        if contrast(getattr(tokens, ink), getattr(tokens, surface)) < READABLE
    }
    assert poor == {}


def test_no_colour_of_words_is_forgotten() -> None:
    """Every token that the style sheet writes with is among those checked."""
    sheet = resource_bytes("style/till.qss").decode()
    written = set(re.findall(r"(?<![-\w])color: \$(\w+)", sheet))
    assert written - {ink for inks in WRITTEN_ON.values() for ink in inks} == set()


def test_the_formula_is_that_of_wcag() -> None:
    assert round(contrast("#FFFFFF", "#000000"), 1) == 21.0
    assert round(contrast("#777777", "#FFFFFF"), 2) == 4.48
