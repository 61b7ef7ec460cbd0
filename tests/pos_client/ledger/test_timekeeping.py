"""The till knows when its clock cannot be believed, says so, and sells on."""

import pytest

from shared_models.entries import read_head
from shared_models.moments import DAY_MS
from shared_models.refusals import Refusal
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, Shop

YEAR_MS = 365 * DAY_MS


@pytest.mark.parametrize("jump_ms", [YEAR_MS, -YEAR_MS])
def test_a_clock_that_jumps_a_year_is_noticed_by_hqs_time(shop: Shop, jump_ms: int) -> None:
    assert not shop.ledger.clock_state().suspect
    shop.clock.set_wall(shop.clock.now_ms() + jump_ms)
    state = shop.ledger.clock_state()
    assert (state.suspect, state.reason, state.expected_ms) == (True, "off_hq_time", MORNING_MS)
    shop.ledger.append(shop.sale())


@pytest.mark.parametrize(("jump_ms", "reason"), [(YEAR_MS, "ahead_of_last_entry"), (-YEAR_MS, "behind_last_entry")])
def test_after_a_restart_the_last_entry_tells(shop: Shop, jump_ms: int, reason: str) -> None:
    shop.clock.set_wall(shop.clock.now_ms() + jump_ms)
    state = shop.again().clock_state()
    assert (state.suspect, state.reason) == (True, reason)
    shop.ledger.append(shop.sale())


def test_a_night_or_a_holiday_is_no_wild_clock(shop: Shop) -> None:
    shop.clock.advance(14 * DAY_MS)
    assert not shop.again().clock_state().suspect


def test_hqs_time_gives_the_offset_that_every_entry_carries(shop: Shop) -> None:
    shop.ledger.note_contact(MORNING_MS + 90_000, 90_000)
    entry = shop.ledger.append(shop.sale())
    assert read_head(entry.body).clock_offset_ms == 90_000
    assert read_head(shop.again().append(shop.sale()).body).clock_offset_ms == 90_000


def test_an_answer_said_again_tells_nothing_of_the_clock(shop: Shop) -> None:
    shop.ledger.note_contact(MORNING_MS + 90_000, 90_000)
    shop.ledger.note_contact(MORNING_MS - 5 * DAY_MS, None)
    assert shop.ledger.clock_state().offset_ms == 90_000
    assert shop.ledger.lease_left_ms() > 14 * DAY_MS
    assert shop.ledger.sync_state().last_contact_ms == MORNING_MS


def test_contact_is_kept_on_disk_once_a_minute_and_the_lease_survives_a_restart(shop: Shop) -> None:
    shop.clock.advance(10 * DAY_MS)
    shop.ledger.note_contact(shop.clock.now_ms(), 0)
    shop.clock.advance(30_000)
    shop.ledger.note_contact(shop.clock.now_ms(), 0)
    assert shop.ledger.lease_left_ms() == 15 * DAY_MS
    assert shop.again().lease_left_ms() == 15 * DAY_MS - 30_000
    shop.clock.advance(60_000)
    shop.ledger.note_contact(shop.clock.now_ms(), 0)
    assert shop.again().lease_left_ms() == 15 * DAY_MS


def test_a_refused_sale_forgets_nothing_that_hq_said(shop: Shop) -> None:
    shop.clock.advance(DAY_MS)
    shop.ledger.note_contact(shop.clock.now_ms(), 0)
    shop.clock.advance(10_000)
    shop.ledger.note_contact(shop.clock.now_ms(), 0)
    with pytest.raises(Refusal, match="rights_short"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))
    assert shop.ledger.lease_left_ms() == 15 * DAY_MS
