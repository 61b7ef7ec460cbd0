"""A morning of anything a cashier may do, in any order: the books, the drawer and HQ's second look agree at its end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pos_client.ledger.verify import verify
from tests.pos_client.checkout.bakery import ALL_OF_ZHOU, EIGHT_OFF, WANG, WANG_CARD, ZHOU, ZHOU_CARD, Bakery
from tests.pos_client.checkout.chain_of_two import open_chain
from tests.pos_client.checkout.morning import FLOAT_FEN, Morning

STEPS = 160
VISITS = 12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_the_drawer_and_the_books_agree(bakery: Bakery, seed: int) -> None:
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    bakery.cashier()
    bakery.checkout.shifts.open(FLOAT_FEN)
    morning = Morning(bakery.checkout, bakery.ledger, {ZHOU_CARD: ZHOU, WANG_CARD: WANG}, seed)
    for number in range(STEPS):
        bakery.clock.advance(20_000)
        morning.step()
        if number % VISITS == 0:
            morning.visit()
        if number == STEPS // 2:
            bakery.again().basket.restore()
            bakery.cashier()
            morning.checkout, morning.ledger = bakery.checkout, bakery.ledger

    assert morning.end() == 0
    assert len(morning.done) >= 5
    assert morning.refused
    assert verify(bakery.folder).ok


@pytest.mark.parametrize("seed", [1, 2])
def test_two_tills_that_lose_hq_again_and_again_agree_with_it_in_the_end(tmp_path: Path, seed: int) -> None:
    with open_chain(tmp_path, seed) as chain:
        mornings = [
            Morning(till.checkout, till.ledger, chain.people, f"{seed}/{till.number}", till.sync)
            for till in chain.tills
        ]
        for till in chain.tills:
            till.open_shift(FLOAT_FEN)
        for _ in range(VISITS):
            for till, morning in zip(chain.tills, mornings, strict=True):
                chain.clock.advance(60_000)
                if morning.random.random() < 0.2:
                    till.wire.down = not till.wire.down
                morning.step()
                till.sync()
                morning.visit()
                till.sync()
        differences = [morning.end() for morning in mornings]
        chain.heal()

        assert differences == [0, 0]
        assert sum(len(morning.done) for morning in mornings) >= VISITS
        assert any(tender.kind == "stored_value" for sale in chain.sales() for tender in sale.tenders)
        assert any(sale.points_spent for sale in chain.sales())
        assert any(sale.coupons_redeemed for sale in chain.sales())
        assert chain.faults() == []
        assert chain.exceptions() == []
        assert chain.balances_at_hq() == chain.balances_shown()


def test_a_basket_of_forty_lines_survives_the_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.pos_client.checkout.killed_cashier", str(tmp_path / "till")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as cashier:
        assert cashier.stdout is not None
        for line in cashier.stdout:
            if line.strip() == "40":
                cashier.send_signal(signal.SIGKILL)
                break

    bakery = Bakery(tmp_path / "till")
    view = bakery.checkout.basket.restore()
    bakery.close()

    assert len(view.lines) >= 40
    assert [line.amount_fen for line in view.lines[:40]] == [100 * number for number in range(1, 41)]
    assert view.member is None
