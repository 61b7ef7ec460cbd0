"""Money is whole fen; whatever is split adds up again; every rounding has a name."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.money import Rounding, divide, line_amount_fen, round_cash, share

amounts = st.integers(0, 10**9)
weight_lists = st.lists(st.integers(0, 10**7), min_size=1, max_size=30)


@given(amounts, weight_lists)
def test_shares_add_up_exactly_and_lie_within_a_fen_of_their_proportion(total: int, weights: list[int]) -> None:
    shares = share(total, weights)
    assert sum(shares) == total
    assert all(each >= 0 for each in shares)
    if sum(weights):
        exact = [Fraction(total * weight, sum(weights)) for weight in weights]
        assert all(abs(each - right) < 1 for each, right in zip(shares, exact, strict=True))


@given(weight_lists, st.integers(0, 100))
def test_no_share_of_a_part_exceeds_what_it_is_taken_from(weights: list[int], percent: int) -> None:
    shares = share(sum(weights) * percent // 100, weights)
    assert all(each <= weight for each, weight in zip(shares, weights, strict=True))


def test_a_tie_goes_to_the_earlier_and_nothing_to_share_is_shared_by_nobody() -> None:
    assert share(1, [5, 5, 5]) == [1, 0, 0]
    assert share(2, [5, 5, 5]) == [1, 1, 0]
    assert share(7, [0, 0]) == [7, 0]
    assert share(0, []) == []


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [-1]), (1, [])])
def test_figures_below_zero_and_sharing_with_nobody_are_faults(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="share"):
        share(total, weights)


@pytest.mark.parametrize(
    ("rounding", "results"),
    [
        (Rounding.DOWN, [2, 2, 3, -2]),
        (Rounding.UP, [3, 3, 4, -3]),
        (Rounding.HALF_UP, [2, 3, 4, -3]),
        (Rounding.HALF_EVEN, [2, 2, 4, -2]),
    ],
)
def test_every_rounding_has_a_name(rounding: Rounding, results: list[int]) -> None:
    """2.25, 2.5, 3.5 and -2.5."""
    assert [divide(quarters, 4, rounding) for quarters in (9, 10, 14, -10)] == results


def test_dividing_by_zero_is_a_fault() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, Rounding.DOWN)


@pytest.mark.parametrize(
    ("price_fen", "per_milli", "quantity", "amount"),
    [(1280, 1000, 987, 1263), (4900, 500, 250, 2450), (1, 1000, 499, 0), (1, 1000, 500, 1), (255, 10_000, 6000, 153)],
)
def test_a_line_is_rounded_half_up_to_the_fen(price_fen: int, per_milli: int, quantity: int, amount: int) -> None:
    assert line_amount_fen(price_fen, per_milli, quantity) == amount


@given(st.integers(0, 10**7), st.sampled_from([1, 10, 50, 100]), st.booleans())
def test_rounded_cash_is_a_multiple_of_its_step(due: int, step: int, nearest: bool) -> None:
    given_away = round_cash(due, step, nearest)
    assert (due - given_away) % step == 0
    assert abs(given_away) < step
    assert given_away >= 0 or nearest
