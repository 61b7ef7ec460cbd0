"""docs/cashier.zh.md, followed to the letter: every key in brackets is pressed, in its order, at a real window.

What stands after an arrow is what the cashier should see, and holds no keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt

from shared_models.bodies import OrderTaken, Sale
from shared_models.codes import member_code, receipt_code
from tests.pos_client.checkout.bakery import BREAD, ZHOU_CARD
from tests.screens.conftest import ROOT, Shop

PAGE = ROOT / "docs" / "cashier.zh.md"
_KEY = re.compile(r"\[([^\]]+)\]")
_FUNCTION = re.compile(r"F(\d{1,2})")
_NAMED = {"回车": Qt.Key.Key_Return, "Esc": Qt.Key.Key_Escape, "Delete": Qt.Key.Key_Delete, "↓": Qt.Key.Key_Down}
_MODIFIERS = {"Alt": Qt.KeyboardModifier.AltModifier, "Ctrl": Qt.KeyboardModifier.ControlModifier}


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the page with keys in it."""

    section: str
    line: str
    keys: tuple[str, ...]


def steps(page: Path = PAGE) -> Iterator[Step]:
    """The page, line by line, from its first section on."""
    section = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif section:
            keys = tuple(_KEY.findall(line.partition("→")[0]))
            if keys:
                yield Step(section, line, keys)


def do(shop: Shop, key: str) -> None:
    """Press what stands in brackets."""
    hands = shop.hands
    modifier, _, rest = key.partition(" ")
    function = _FUNCTION.fullmatch(key)
    if modifier == "扫":
        hands.scan(_code(shop, rest))
    elif modifier in _MODIFIERS and rest:
        hands.press(Qt.Key(ord(rest)), _MODIFIERS[modifier])
    elif function is not None:
        hands.press(Qt.Key(Qt.Key.Key_F1 + int(function[1]) - 1))
    elif key in _NAMED:
        hands.press(_NAMED[key])
    else:
        hands.type(key)


def _code(shop: Shop, what: str) -> str:
    if what == "预订单":
        return receipt_code(shop.bakery.written(OrderTaken)[0].receipt_number)
    if what == "小票":
        return receipt_code(shop.bakery.written(Sale)[0].receipt_number)
    return {"商品": BREAD, "会员卡": ZHOU_CARD, "新卡": member_code(99_887_766)}[what]
