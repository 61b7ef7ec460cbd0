"""The plan of placed rights: never more than there is, whole at each till it lies at, sized by the store's figures."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hq_sync_server.office.books.placement import VISITS_MAX, Habit, StoreTerms, habit_after, plan
from shared_models.rules import EscrowRules, StoredValueOrder

TODAY = "2026-11-22"
STORES = [UUID(int=100 + number) for number in range(3)]
TILLS = {store: tuple(UUID(int=1000 * store.int + number) for number in range(3)) for store in STORES}
P1, P2, B1 = "principal:01", "principal:02", "bonus:01"


def terms(**figures: Any) -> StoreTerms:
    return StoreTerms(escrow=EscrowRules(**figures), order="principal_first", tills=TILLS[STORES[0]])


def habit(store: int = 0, till: int = 0, visits: int = 3, usual_fen: int = 2_000, last_date: str = TODAY) -> Habit:
    return Habit(
        till_id=TILLS[STORES[store]][till], store_id=STORES[store], visits=visits, usual_fen=usual_fen,
        usual_points=50, last_date=last_date,
    )  # fmt: skip


def planned(lots: dict[str, int], *habits: Habit, home: UUID | None = None, **figures: Any) -> dict[str, int]:
    """By lot, over all tills of the first store."""
    found = plan(lots, habits, home, {STORES[0]: terms(**figures)}, TODAY)
    assert len({till for _, till in found}) <= 1
    return {lot: amount for (lot, _), amount in found.items()}


habits_drawn = st.builds(
    habit, store=st.integers(0, 2), till=st.integers(0, 2), visits=st.integers(0, VISITS_MAX),
    usual_fen=st.integers(0, 90_000), last_date=st.sampled_from([TODAY, "2026-11-01", "2026-07-01", "2025-01-01"]),
)  # fmt: skip
lots_drawn = st.dictionaries(
    st.sampled_from([P1, P2, B1, "bonus:02", "points:2026-10", "points:2026-11", "points:2027-03"]),
    st.integers(0, 200_000),
)
rules_drawn = st.builds(
    EscrowRules,
    mode=st.sampled_from(["online_only", "escrow", "escrow_with_risk"]),
    principal_cap_fen=st.integers(0, 50_000),
    bonus_cap_fen=st.integers(0, 50_000),
    points_cap=st.integers(0, 500),
    share_basis_points=st.integers(0, 10_000),
    usual_multiples=st.integers(1, 20),
    tills_per_store=st.integers(1, 3),
    minimum_fen=st.integers(0, 10_000),
    minimum_points=st.integers(0, 500),
    idle_days=st.integers(1, 60),
)
orders: st.SearchStrategy[StoredValueOrder] = st.sampled_from(["principal_first", "bonus_first", "proportion"])


each_till_once = st.lists(habits_drawn, max_size=6, unique_by=lambda one: one.till_id)


@given(lots_drawn, each_till_once, st.lists(st.tuples(rules_drawn, orders), min_size=3, max_size=3))
def test_placements_never_exceed_a_lot_nor_a_cap_and_lie_at_so_many_tills_of_a_store(
    lots: dict[str, int], habits: list[Habit], rules: list[tuple[EscrowRules, StoredValueOrder]]
) -> None:
    stores = {
        store: StoreTerms(escrow=escrow, order=order, tills=TILLS[store])
        for store, (escrow, order) in zip(STORES, rules, strict=True)
    }

    targets = plan(lots, habits, STORES[0], stores, TODAY)

    for lot, balance in lots.items():
        assert sum(amount for (named, _), amount in targets.items() if named == lot) <= balance
    assert all(amount > 0 for amount in targets.values())
    assert not any(lot == "points:2026-10" for lot, _ in targets)
    for its in stores.values():
        here = {(lot, till): amount for (lot, till), amount in targets.items() if till in its.tills}
        assert len({till for _, till in here}) <= its.escrow.tills_per_store
        assert its.escrow.places or not here
        for kind, cap in (
            ("principal", its.escrow.principal_cap_fen),
            ("bonus", its.escrow.bonus_cap_fen),
            ("points", its.escrow.points_cap),
        ):
            placed = sum(amount for (lot, _), amount in here.items() if lot.startswith(kind))
            assert not cap or placed <= cap
        money = sum(amount for (lot, _), amount in here.items() if not lot.startswith("points"))
        whole = sum(amount for lot, amount in lots.items() if not lot.startswith("points"))
        first = max(whole * its.escrow.share_basis_points // 10_000, its.escrow.minimum_fen)
        assert money <= min(whole, first + its.escrow.minimum_fen * (its.escrow.tills_per_store - 1))


@given(lots_drawn, st.lists(habits_drawn, max_size=4, unique_by=lambda one: one.till_id))
def test_the_same_member_is_placed_the_same(lots: dict[str, int], habits: list[Habit]) -> None:
    stores = {store: StoreTerms(escrow=EscrowRules(), order="proportion", tills=TILLS[store]) for store in STORES}

    other_way_round = plan(dict(reversed(list(lots.items()))), list(reversed(habits)), None, stores, TODAY)
    assert plan(lots, habits, None, stores, TODAY) == other_way_round


def test_so_many_times_the_usual_but_no_more_than_the_share_and_the_cap() -> None:
    lots = {P1: 30_000, P2: 70_000}

    assert planned(lots, habit(usual_fen=2_000)) == {P1: 16_000}
    assert planned(lots, habit(usual_fen=9_000), principal_cap_fen=0) == {P1: 30_000, P2: 20_000}
    assert planned(lots, habit(usual_fen=9_000), principal_cap_fen=31_000) == {P1: 30_000, P2: 1_000}
    assert planned(lots, habit(usual_fen=9_000), share_basis_points=1_000) == {P1: 10_000}


def test_a_small_balance_is_placed_whole_where_less_would_buy_nothing() -> None:
    assert planned({P1: 2_500}, habit()) == {P1: 2_500}
    assert planned({P1: 5_000}, habit()) == {P1: 3_000}
    assert planned({P1: 5_000}, habit(), share_basis_points=0) == {}


def test_what_is_idle_shrinks_and_ends() -> None:
    lots = {P1: 100_000}

    sizes = [
        planned(lots, habit(last_date=last)).get(P1, 0) for last in ("2026-10-23", "2026-08-10", "2026-05-20")
    ]  # fmt: skip
    ended = planned(lots, habit(last_date="2026-02-20"))

    assert sizes == [16_000, 8_000, 4_000]
    assert ended == {}


def test_it_lies_at_the_till_she_uses_most_and_at_the_first_till_of_a_home_store_never_visited() -> None:
    escrow = EscrowRules(tills_per_store=1)
    stores = {store: StoreTerms(escrow=escrow, order="bonus_first", tills=TILLS[store]) for store in STORES}
    used = [habit(till=1, visits=4), habit(till=2, visits=9, usual_fen=500)]

    targets = plan({P1: 100_000, B1: 1_000}, used, STORES[1], stores, TODAY)

    assert targets == {
        (B1, TILLS[STORES[0]][2]): 1_000,
        (P1, TILLS[STORES[0]][2]): 15_000,
        (P1, TILLS[STORES[1]][0]): 3_000,
    }


def test_a_second_one_as_large_lies_at_the_next_till_she_uses_once_every_store_has_its_first() -> None:
    stores = {store: StoreTerms(escrow=EscrowRules(), order="principal_first", tills=TILLS[store]) for store in STORES}
    used = [habit(till=0, visits=9), habit(till=1, visits=4), habit(till=2, visits=2), habit(store=1, visits=1)]
    first, second, elsewhere = TILLS[STORES[0]][0], TILLS[STORES[0]][1], TILLS[STORES[1]][0]

    assert plan({P1: 200_000}, used, None, stores, TODAY) == {
        (P1, first): 16_000, (P1, second): 16_000, (P1, elsewhere): 16_000,
    }  # fmt: skip
    assert plan({P1: 70_000}, used, None, stores, TODAY) == {
        (P1, first): 16_000, (P1, second): 3_000, (P1, elsewhere): 16_000,
    }  # fmt: skip


def test_the_caps_are_a_stores_however_many_tills() -> None:
    capped = EscrowRules(principal_cap_fen=20_000)
    stores = {STORES[0]: StoreTerms(escrow=capped, order="principal_first", tills=TILLS[STORES[0]])}
    used = [habit(till=0, visits=9), habit(till=1, visits=4)]

    placed = plan({P1: 200_000}, used, None, stores, TODAY)

    assert list(placed.values()) == [16_000, 4_000]


def test_a_till_that_is_gone_holds_nothing() -> None:
    gone = StoreTerms(escrow=EscrowRules(), order="principal_first", tills=TILLS[STORES[0]][1:])

    assert plan({P1: 10_000}, [habit(till=0)], None, {STORES[0]: gone}, TODAY) == {(P1, TILLS[STORES[0]][1]): 5_000}


def test_a_store_that_places_nothing_gets_nothing() -> None:
    assert planned({P1: 10_000}, habit(), mode="online_only") == {}


def test_what_is_usual_follows_faster_up_than_down_and_a_visit_without_spending_says_nothing() -> None:
    first = habit_after(Habit(till_id=UUID(int=1), store_id=STORES[0]), "2026-11-20", 4_000, 0)
    second = habit_after(first, "2026-11-21", 0, 100)
    third = habit_after(second, "2026-11-19", 8_000, 0)

    assert (first.usual_fen, first.visits, first.last_date) == (4_000, 1, "2026-11-20")
    assert (second.usual_fen, second.usual_points, second.visits) == (4_000, 100, 2)
    assert (third.usual_fen, third.last_date) == (6_000, "2026-11-21")
    assert habit_after(third, "2026-11-22", 2_000, 0).usual_fen == 5_000
