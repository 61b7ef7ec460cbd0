"""A child at the keyboard: keys and scans without sense, by a seed. Nothing breaks, and every sale still adds up."""

import random

import pytest
from PySide6.QtCore import Qt

from pos_client.ledger import verify
from shared_models.bodies import Sale
from shared_models.rule_engine import requote
from tests.pos_client.checkout.bakery import (
    BREAD,
    CROISSANT,
    MANAGER_BADGE,
    WANG_CARD,
    WATER,
    ZHOU_CARD,
)
from tests.screens.conftest import OpenShop, Shop

STEPS = 220
KEYS = [getattr(Qt.Key, f"Key_F{number}") for number in range(1, 12)] + [
    Qt.Key.Key_Return,
    Qt.Key.Key_Return,
    Qt.Key.Key_Return,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Space,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
]
WITH_ALT = [Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_A, Qt.Key.Key_N, Qt.Key.Key_R, Qt.Key.Key_M]
SCANS = [BREAD, CROISSANT, WATER, ZHOU_CARD, WANG_CARD, MANAGER_BADGE, "6999999999994", "134512345678901234", "R021-3K"]
TYPED = ["9999", "1111", "20", "5", "0", "13800005678", "5678", "qmts", "3*", "+", "-", "50.5", "x"]


def _step(shop: Shop, luck: random.Random) -> None:
    hands = shop.hands
    what = luck.random()
    if what < 0.45:
        hands.press(luck.choice(KEYS))
    elif what < 0.55:
        hands.press(luck.choice(WITH_ALT), Qt.KeyboardModifier.AltModifier)
    elif what < 0.8:
        hands.scan(luck.choice(SCANS))
    else:
        hands.type(luck.choice(TYPED))


@pytest.mark.parametrize("seed", range(4))
def test_keys_without_sense_break_nothing(open_shop: OpenShop, seed: int) -> None:
    shop = open_shop("en" if seed % 2 else "zh_CN", size=(1024, 768) if seed % 2 else (1366, 768))
    shop.grant_everything()
    shop.open_shift()
    luck = random.Random(seed)

    for _ in range(STEPS):
        _step(shop, luck)
        if shop.till.faults:
            break

    assert shop.till.faults == []
    for sale in shop.bakery.written(Sale):
        rules = shop.bakery.ledger.rules_by_hash(sale.inputs.rule_hash)
        assert rules is not None
        assert requote(rules, sale) == ()
        assert sum(line.amount_fen for line in sale.lines) == sale.rounding_fen + sum(
            tender.amount_fen for tender in sale.tenders
        )
    shop.till.window.go("login")
    shop.hands.log_in("1111")
    assert shop.place in ("sell", "shift_open")
    shop.bakery.ledger.flush_lookups()
    assert verify(shop.settings.ledger_folder, anchor_path=shop.settings.anchor_path).sound
