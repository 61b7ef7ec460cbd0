"""What the walk through all screens would say of a screen that is not right."""

import pytest
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QWidget
from pytestqt.qtbot import QtBot

from pos_client.ui.parts.keys import KeyButton, back_button
from pos_client.ui.words import _
from tests.screens.looking import first_key_takes_away, for_eyes_only, uneven_keys


def nothing() -> None:
    """What a key of these pages does."""


def shown(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """These beside each other, as one would see them."""
    page = QWidget()
    qtbot.addWidget(page)
    row = QHBoxLayout(page)
    row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # else the window asks the screen for room
    page.resize(800, 200)
    for widget in widgets:
        row.addWidget(widget)
    page.show()
    return page


def test_esc_is_for_fingers_too(qtbot: QtBot) -> None:
    assert for_eyes_only(shown(qtbot, back_button(nothing))) == []

    assert for_eyes_only(shown(qtbot, QLabel("Esc back"))) == ["only a keyboard can do 'Esc back'"]


@pytest.mark.parametrize(("kind", "found"), [("", 0), ("primary", 1)])
def test_the_coloured_key_never_gives_money_back(qtbot: QtBot, kind: str, found: int) -> None:
    fine = KeyButton("OK", _("Enter"), nothing, kind="primary")

    page = shown(qtbot, fine, KeyButton("Give it back", _("Del"), nothing, kind=kind))

    assert len(first_key_takes_away(page)) == found


@pytest.mark.parametrize(("cap", "found"), [("F2", 0), ("", 1)])
def test_names_of_keys_in_a_row_stand_at_one_height(qtbot: QtBot, cap: str, found: int) -> None:
    keys = [KeyButton(f"Pay by {detail or 0}", detail, nothing, at_left=True, cap=cap) for detail in ("", "all of it")]
    for key in keys:
        key.setFixedHeight(92)

    assert len(uneven_keys(shown(qtbot, *keys))) == found
