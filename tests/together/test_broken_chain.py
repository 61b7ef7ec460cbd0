"""An entry of a till's book is changed by hand before HQ has it: HQ takes nothing more of it, both ends say so, and
there is a way out."""

import sqlite3

import pytest

from hq_sync_server.office.healing import enrolment
from pos_client.checkout.healing import HealingView
from pos_client.ledger import verify
from pos_client.ui.refusal_texts import SENTENCES
from pos_client.ui.screens.healing_card import what_to_do
from pos_client.ui.words import use_language
from shared_models.refusals import Refusal
from tests.together.disks import YES, Disks, notes
from tests.together.test_healing import morning, speak, till_id_of
from tests.together.two_tills import row


def change_the_last_entry(disks: Disks) -> None:
    """What somebody with the book in his hands would write into it; it is opened again as it lies there then."""
    till = disks.shop.a
    with sqlite3.connect(till.ledger.folder / "ledger.db") as book:
        book.execute("DROP TRIGGER entries_are_never_changed")
        book.execute(
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '\"amount_fen\":900', '\"amount_fen\":100')"
            " AS BLOB) WHERE position = (SELECT max(position) FROM entries)"
        )
    disks.go_back(till, disks.photograph(till), anchor_too=True)


def test_a_changed_entry_is_named_at_both_ends_and_the_till_comes_back_on_an_empty_disk(disks: Disks) -> None:
    shop = disks.shop
    member_id = morning(disks)
    shop.plug(shop.a, pulled=True)
    shop.a.sell((row(900),), None, None, coupon_wanted=False)
    shop.plug(shop.a, pulled=False)
    change_the_last_entry(disks)

    refused = speak(shop.a)
    speak(shop.a)

    assert refused == "chain_broken"
    assert shop.a.ledger.frozen() == "chain_broken"
    assert "does not hold together" in SENTENCES["chain_broken"]
    assert notes(shop) == ["chain_broken"], "HQ says it once"
    assert [one.code for one in verify(shop.a.ledger.folder).findings][:1] == ["hash_wrong"]
    with pytest.raises(Refusal, match="enrol_again"):  # no manager's yes would bring it back
        shop.a.ledger.allow_new_epoch(YES)
    shop.a.sell((row(700),), None, None, coupon_wanted=False)  # cash goes on

    code = shop.hq.desk.run(lambda work: enrolment.new_code(work, till_id_of(shop.a), "boss", disk_gone=True)).code
    fresh = disks.enrolled_again(shop.a, code)
    fresh.engine.run_once()
    assert (fresh.ledger.frozen(), fresh.ledger.head().epoch) == (None, 2)
    assert shop.balance(member_id)[0] == 10_000


@pytest.mark.parametrize(("language", "words"), [("zh_CN", ("总部", "空", "保留")), ("en", ("HQ", "empty", "Keep"))])
def test_the_manager_is_told_whom_to_call_and_what_to_keep(language: str, words: tuple[str, ...]) -> None:
    view = HealingView(frozen_code="chain_broken", waiting_entries=3, is_allowed=False, needs_code=True)
    use_language(language)
    try:
        told = what_to_do(view)
    finally:
        use_language("zh_CN")
    assert all(word in told for word in words)
