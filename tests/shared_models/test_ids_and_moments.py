"""Ids never repeat or go backwards; a business date is the store's, not the calendar's."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.ids import IdSource
from shared_models.moments import (
    ManualClock,
    SystemClock,
    business_date_of,
    local_minute_of,
    month_after,
)

NOON = 1_772_424_000_000  # 2026-03-02 04:00 UTC, noon in Shanghai


def test_ids_carry_their_time_version_and_variant() -> None:
    made = IdSource(ManualClock(NOON), random.Random(1)).new_id()
    assert made.int >> 80 == NOON
    assert made.version == 7
    assert made.int >> 62 & 0b11 == 0b10


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=200))
def test_ids_grow_even_when_the_clock_stands_still_or_goes_back(steps: list[int]) -> None:
    clock = ManualClock(NOON)
    source = IdSource(clock, random.Random(1))
    made = [source.new_id()]
    for step in steps:
        clock.set_wall(clock.now_ms() + step)
        made.append(source.new_id())
    assert made == sorted(set(made))


def test_more_ids_than_a_millisecond_holds_are_still_in_order() -> None:
    source = IdSource(ManualClock(NOON), random.Random(1))
    made = [source.new_id() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_a_seed_makes_the_same_ids_again_and_none_makes_others() -> None:
    def first(source: IdSource) -> tuple[object, bytes]:
        return source.new_id(), source.new_salt()

    assert first(IdSource(ManualClock(NOON), random.Random(5))) == first(IdSource(ManualClock(NOON), random.Random(5)))
    assert first(IdSource(ManualClock(NOON))) != first(IdSource(ManualClock(NOON)))


@pytest.mark.parametrize(
    ("hours_after_noon", "business_date"),
    [(0, "2026-03-02"), (11, "2026-03-02"), (13, "2026-03-02"), (15, "2026-03-02"), (16, "2026-03-03")],
)
def test_before_the_day_cut_it_is_still_yesterday(hours_after_noon: int, business_date: str) -> None:
    assert business_date_of(NOON + hours_after_noon * 3_600_000) == business_date


def test_a_store_elsewhere_has_its_own_date_and_minute() -> None:
    assert business_date_of(NOON, "America/New_York", day_cut_minute=0) == "2026-03-01"
    assert local_minute_of(NOON) == 12 * 60
    assert local_minute_of(NOON, "Europe/London") == 4 * 60


@pytest.mark.parametrize(
    ("date", "months", "month"),
    [
        ("2026-03-02", 0, "2026-03"),
        ("2026-03-31", 12, "2027-03"),
        ("2026-12-01", 1, "2027-01"),
        ("2026-01-31", 23, "2027-12"),
    ],
)
def test_months_are_counted_over_years(date: str, months: int, month: str) -> None:
    assert month_after(date, months) == month


def test_the_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(NOON)
    clock.advance(250)
    clock.set_wall(5)
    assert (clock.now_ms(), clock.monotonic_ms()) == (5, 250)


def test_the_machines_clock_counts_milliseconds() -> None:
    clock = SystemClock()
    first = clock.monotonic_ms()
    assert clock.monotonic_ms() >= first
    assert clock.now_ms() > NOON - 400 * 86_400_000
