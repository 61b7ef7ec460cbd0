"""Rounding, change and split payments, for any amounts; and which lots a payment takes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pos_client.checkout.drafts import DraftTender
from pos_client.checkout.settling import quick_notes, settle
from pos_client.checkout.stored_value import draw_points, draw_stored_value, usable_fen
from pos_client.ledger.answers import LotFigure
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rules import CashRounding, StoredValueOrder, StoreRules

STORE = UUID(int=1)
MEMBER, ALIAS = UUID(int=7), UUID(int=8)
amounts = some.integers(0, 100_000)
orders: some.SearchStrategy[StoredValueOrder] = some.sampled_from(("principal_first", "bonus_first", "proportion"))


def _rules(step_fen: int, nearest: bool) -> StoreRules:
    step = {1: CashRounding(nearest=nearest), 10: CashRounding(step_fen=10, nearest=nearest)}
    step |= {50: CashRounding(step_fen=50, nearest=nearest), 100: CashRounding(step_fen=100, nearest=nearest)}
    return StoreRules(version=1, store_id=STORE, cash_rounding=step[step_fen])


@given(due=amounts, wallet=amounts, handed=amounts, step=some.sampled_from((1, 10, 50, 100)), nearest=some.booleans())
def test_what_is_due_is_always_accounted_for(due: int, wallet: int, handed: int, step: int, nearest: bool) -> None:
    tenders = [DraftTender(kind="wechat", amount_fen=wallet), DraftTender(kind="cash", amount_fen=handed)]

    settled = settle(_rules(step, nearest), due, tenders)

    assert wallet + settled.cash_settles_fen + settled.rounding_fen + settled.left_fen == due
    assert settled.cash_settles_fen + settled.change_fen == handed
    assert settled.change_fen >= 0
    assert abs(settled.rounding_fen) < step
    if settled.left_fen:
        assert settled.rounding_fen == settled.change_fen == 0


@given(due=some.integers(1, 100_000), step=some.sampled_from((1, 10, 50, 100)), nearest=some.booleans())
def test_paying_exactly_what_the_screen_asks_in_cash_settles_it(due: int, step: int, nearest: bool) -> None:
    rules = _rules(step, nearest)
    asked = settle(rules, due, []).cash_left_fen

    settled = settle(rules, due, [DraftTender(kind="cash", amount_fen=asked)])

    assert (settled.left_fen, settled.change_fen) == (0, 0)


def test_the_quick_notes_are_the_exact_amount_and_the_next_notes() -> None:
    assert quick_notes(4_528) == (4_528, 4_600, 5_000, 6_000)
    assert quick_notes(10_000) == (10_000,)
    assert quick_notes(0) == ()


def _lots(principal: list[tuple[int, int]], bonus: list[tuple[int, int]]) -> list[LotFigure]:
    """(balance, how much of it is here) of each lot, oldest first."""
    made = [LotFigure(MEMBER, f"principal:{number:032x}", *lot) for number, lot in enumerate(principal)]
    return made + [LotFigure(ALIAS, f"bonus:{number:032x}", *lot) for number, lot in enumerate(bonus)]


lot_sizes = some.lists(some.tuples(some.integers(0, 5_000), some.integers(0, 100)), max_size=4)


@given(principal=lot_sizes, bonus=lot_sizes, percent=some.integers(0, 100), order=orders)
def test_whatever_is_here_can_be_spent_in_any_order_and_nothing_else(
    principal: list[tuple[int, int]], bonus: list[tuple[int, int]], percent: int, order: StoredValueOrder
) -> None:
    lots = _lots(*([(balance, balance * here // 100) for balance, here in part] for part in (principal, bonus)))
    wanted = usable_fen(lots) * percent // 100

    taken, _ = draw_stored_value(lots, wanted, order)

    here = {(lot.subject, lot.lot): lot.available for lot in lots}
    assert sum(part.amount for part in taken) == wanted
    assert all(0 < part.amount <= here[part.subject, part.lot] for part in taken)
    with pytest.raises(Refusal, match="rights_short"):
        draw_stored_value(lots, usable_fen(lots) + 1, order)


@pytest.mark.parametrize(
    ("order", "principal", "bonus", "short"),
    [
        ("principal_first", 400, 0, ""),
        ("bonus_first", 300, 100, ""),
        ("proportion", 320, 80, ""),
    ],
)
def test_the_chain_s_order_decides_between_principal_and_bonus(
    order: StoredValueOrder, principal: int, bonus: int, short: str
) -> None:
    lots = _lots([(300, 300), (100, 100)], [(100, 100)])

    taken, told = draw_stored_value(lots, 400, order)

    sums = {"principal": 0, "bonus": 0}
    for part in taken:
        sums[lot_account(part.lot)] += part.amount
    assert (sums["principal"], sums["bonus"], told) == (principal, bonus, short)


def test_where_one_part_is_not_here_the_other_helps_out_and_the_entry_says_so() -> None:
    taken, short = draw_stored_value(_lots([(1_000, 50)], [(500, 500)]), 200, "principal_first")
    assert ([part.amount for part in taken], short) == ([50, 150], "principal")

    taken, short = draw_stored_value(_lots([(1_000, 1_000)], [(500, 50)]), 200, "bonus_first")
    assert ([part.amount for part in taken], short) == ([150, 50], "bonus")


def test_older_lots_and_sooner_expiring_points_go_first() -> None:
    lots = _lots([(300, 300), (100, 100)], [])
    assert [part.amount for part in draw_stored_value(lots, 350, "principal_first")[0]] == [300, 50]

    points = [
        LotFigure(MEMBER, "points:2027-11", 500, 500),
        LotFigure(MEMBER, "points:2026-10", 500, 500),
        LotFigure(MEMBER, "points:2026-12", 120, 120),
    ]
    assert [(part.lot, part.amount) for part in draw_points(points, 200, "2026-11-23")] == [
        ("points:2026-12", 120),
        ("points:2027-11", 80),
    ]
    with pytest.raises(Refusal, match="rights_short"):
        draw_points(points, 621, "2026-11-23")
