"""A till's book edited by hand, so that it claims an acknowledgement HQ never gave: that till alone is stopped."""

import sqlite3

import pytest

from pos_client.ledger import Ledger
from pos_client.ui.refusal_texts import SENTENCES
from shared_models.refusals import Refusal
from tests.together.disks import Disks, disagreements, notes
from tests.together.test_healing import heal, morning, speak
from tests.together.two_tills import row


def claim_all_that_is_written(ledger: Ledger) -> None:
    """What somebody with the book in his hands would write into it."""
    head = ledger.head()
    with sqlite3.connect(ledger.folder / "ledger.db") as book:
        book.execute("UPDATE lane SET acked_seq = ?, acked_hash = ?", (head.seq, head.entry_hash))


def test_a_till_that_claims_a_head_it_cannot_prove_is_frozen_alone_and_healed(disks_on_each: Disks) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = morning(disks)
    shop.b.sync(pull=True)
    shop.plug(shop.a, pulled=True)
    shop.a.sell((row(900),), None, None, coupon_wanted=False)
    shop.plug(shop.a, pulled=False)
    claim_all_that_is_written(shop.a.ledger)
    disks.go_back(shop.a, disks.photograph(shop.a), anchor_too=True)  # opened again, as it lies on the disk now

    refused = speak(shop.a)
    while_frozen = speak(shop.a)

    assert (refused, while_frozen) == ("head_not_proved", "")
    assert shop.a.ledger.frozen() == "head_not_proved"
    assert "cannot show HQ's word" in SENTENCES["head_not_proved"]
    assert (shop.hq.desk.hq_epoch(), notes(shop).count("head_not_proved")) == (1, 1)
    with pytest.raises(Refusal, match="rights_frozen"):
        shop.a.ledger._guard().allow_spending()
    shop.b.sync(pull=True)
    assert shop.b.engine.state.hq_recovering is False, "the other till notices nothing"

    shop.serve(shop.a, None, 700)  # cash goes on
    speak(shop.a)
    heal(shop.a)

    assert (shop.a.ledger.frozen(), shop.a.ledger.head().epoch) == (None, 2)
    assert disagreements(disks, *shop.tills) == []
    assert shop.balance(member_id)[0] == 10_000
