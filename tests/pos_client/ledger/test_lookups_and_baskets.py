"""What is not yet a fact is on disk all the same: look-ups within two seconds, baskets at each scan."""

import sqlite3

import pytest

from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.refusals import Refusal
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, OTHER_MEMBER, Shop


def lookup(shop: Shop, outcome: str = "shown", term: str = "") -> bodies.Lookup:
    """Somebody was looked up."""
    return bodies.Lookup(
        at_ms=shop.clock.now_ms(), cashier_id="c1", means="phone", member_id=MEMBER if outcome == "shown" else None,
        term_attachment=term, outcome=outcome,  # type: ignore[arg-type]  # one of the four words
    )  # fmt: skip


def test_look_ups_of_two_seconds_are_one_entry(shop: Shop) -> None:
    shop.ledger.append_lookup(lookup(shop))
    shop.clock.advance(1_000)
    shop.ledger.append_lookup(lookup(shop, "missed"))
    assert shop.ledger.entries(["member_lookup"]) == []
    entry = shop.ledger.flush_lookups()
    assert entry is not None
    body = shop.ledger.body_of(entry)
    assert isinstance(body, bodies.MemberLookup)
    assert [each.outcome for each in body.lookups] == ["shown", "missed"]
    assert body.head.subjects == (MEMBER,)
    assert shop.ledger.flush_lookups() is None


def test_where_nobody_flushes_the_next_look_up_after_two_seconds_does(shop: Shop) -> None:
    shop.ledger.append_lookup(lookup(shop))
    shop.clock.advance(2_000)
    shop.ledger.append_lookup(lookup(shop, "missed"))
    (entry,) = shop.ledger.entries(["member_lookup"])
    body = shop.ledger.body_of(entry)
    assert isinstance(body, bodies.MemberLookup)
    assert len(body.lookups) == 2


def test_look_ups_go_ahead_of_the_next_entry(shop: Shop) -> None:
    shop.ledger.append_lookup(lookup(shop))
    shop.ledger.append(shop.sale())
    written = [entry.entry_type for entry in shop.ledger.entries_after(1, 9, 10**6)]
    assert written == ["member_lookup", "sale"]


def test_a_refused_sale_does_not_lose_the_look_ups(shop: Shop) -> None:
    shop.ledger.append_lookup(lookup(shop))
    with pytest.raises(Refusal, match="rights_short"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=5))
    assert shop.ledger.head().seq == 1
    shop.again()
    assert [entry.entry_type for entry in shop.ledger.entries(["member_lookup"])] == ["member_lookup"]


def test_what_was_asked_lies_beside_the_entry(shop: Shop) -> None:
    asked = Attachment(kind="lookup_term", salt=bytes(32), content="王小".encode())
    shop.ledger.append_lookup(lookup(shop, "missed", asked.attachment_hash), [asked])
    assert shop.ledger.flush_lookups() is not None
    assert shop.ledger.attachment(asked.attachment_hash) == "王小".encode()
    assert shop.ledger.attachment("") is None
    (wire,) = shop.ledger.attachments_of([2])
    assert (wire.kind, wire.content) == ("lookup_term", "王小".encode())


def test_baskets_come_back_after_a_restart(shop: Shop) -> None:
    held, open_one = shop.ids.new_id(), shop.ids.new_id()
    shop.ledger.save_basket(held, "open", b"1 line")
    shop.ledger.save_basket(held, "held", b"2 lines", OTHER_MEMBER, "red coat")
    shop.ledger.save_basket(open_one, "open", b"3 lines", MEMBER)

    ledger = shop.again()

    basket = ledger.open_basket()
    assert basket is not None
    assert (basket.basket_id, basket.payload, basket.member_id, basket.saved_at_ms) == (
        open_one, b"3 lines", MEMBER, MORNING_MS
    )  # fmt: skip
    assert [(each.basket_id, each.label) for each in ledger.held_baskets()] == [(held, "red coat")]
    assert ledger.held_count() == 1


def test_there_is_one_open_basket(shop: Shop) -> None:
    shop.ledger.save_basket(shop.ids.new_id(), "open", b"")
    with pytest.raises(sqlite3.IntegrityError):
        shop.ledger.save_basket(shop.ids.new_id(), "open", b"")


def test_the_sale_takes_its_basket_off_the_disk_in_the_same_transaction(shop: Shop) -> None:
    basket = shop.ids.new_id()
    shop.ledger.save_basket(basket, "open", b"lines", MEMBER)
    with pytest.raises(Refusal):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=5), basket_done=basket)
    assert shop.ledger.open_basket() is not None
    shop.ledger.append(shop.sale(), basket_done=basket)
    assert shop.ledger.open_basket() is None
