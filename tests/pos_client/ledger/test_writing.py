"""A fact is written once, whole, and stays as it was."""

import sqlite3
from pathlib import Path

import pytest

from shared_models import bodies
from shared_models.entries import GENESIS_HASH, Attachment, hash_is_right, read_head
from shared_models.postings import derive_postings, postings_digest
from shared_models.refusals import Refusal
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, TODAY, Shop, enrolment


def test_enrolment_opens_the_chain(shop: Shop) -> None:
    first = shop.ledger.entry_at(1)
    assert first is not None
    assert (first.entry_type, first.prev_hash, hash_is_right(first)) == ("epoch_opened", GENESIS_HASH, True)
    assert shop.ledger.head().seq == 1
    assert shop.ledger.identity is not None
    assert shop.ledger.identity.chain_name == "Bakery"


def test_a_till_that_is_not_enrolled_writes_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "new", enrolled=False)
    with pytest.raises(Refusal, match="till_not_enrolled"):
        shop.ledger.append(shop.sale())
    shop.ledger.close()


def test_a_sale_is_one_link_with_its_postings_and_survives_a_restart(shop: Shop) -> None:
    body = shop.sale(1_290, lines=3)
    entry = shop.ledger.append(body)

    ledger = shop.again()

    assert ledger.head().entry_hash == entry.entry_hash
    assert ledger.entry_by_business_id(body.head.business_id) == entry
    assert ledger.sale_by_receipt(body.receipt_number) == entry
    head = read_head(entry.body)
    assert head.till_time_ms == MORNING_MS
    assert head.postings_digest == postings_digest(derive_postings(body))
    sums = {each.account: each.amount for each in ledger.posting_sums(business_date=TODAY)}
    assert sums == {"cash": 1_290, "sales": -1_290}


def test_the_same_business_id_again_is_the_same_entry(shop: Shop) -> None:
    body = shop.sale()
    first = shop.ledger.append(body)
    shop.clock.advance(5_000)
    assert shop.ledger.append(body) == first
    assert shop.ledger.head().seq == 2
    with pytest.raises(Refusal, match="business_id_reused"):
        shop.ledger.append(shop.sale(5_000, head=body.head))


def test_till_time_never_goes_back_until_the_clock_is_set(shop: Shop) -> None:
    shop.clock.set_wall(MORNING_MS + 365 * 86_400_000)
    shop.ledger.append(shop.sale())
    shop.clock.set_wall(MORNING_MS)
    late = shop.ledger.append(shop.sale())
    assert read_head(late.body).till_time_ms == MORNING_MS + 365 * 86_400_000

    shop.ledger.set_clock(cashier_id="m1", approvals=())

    assert read_head(shop.ledger.append(shop.sale()).body).till_time_ms == MORNING_MS


def test_an_attachment_must_be_named_by_the_body(shop: Shop) -> None:
    stray = Attachment(kind="note", salt=bytes(32), content=b"birthday cake")
    with pytest.raises(ValueError, match="does not name"):
        shop.ledger.append(shop.sale(), [stray])
    assert shop.ledger.head().seq == 1


def test_a_basket_of_more_than_two_thousand_lines_is_refused(shop: Shop) -> None:
    with pytest.raises(Refusal, match="basket_too_large"):
        shop.ledger.append(shop.sale(2_001 * 10, lines=2_001))


def test_a_refund_takes_no_more_than_was_sold(shop: Shop) -> None:
    sale = shop.sale(1_000)
    seq = shop.ledger.append(sale).seq
    shop.ledger.append(shop.refund(sale, seq, quantity_milli=600))
    with pytest.raises(Refusal, match="refund_exceeds_sale"):
        shop.ledger.append(shop.refund(sale, seq, quantity_milli=500))
    shop.ledger.append(shop.refund(sale, seq, quantity_milli=400))
    assert len(shop.ledger.refunds_of(sale.head.business_id)) == 2


def test_one_shift_at_a_time(shop: Shop) -> None:
    opened = bodies.ShiftOpened(head=shop.head(), shift_id=shop.ids.new_id(), float_fen=20_000)
    shop.ledger.append(opened)
    with pytest.raises(Refusal, match="shift_open"):
        shop.ledger.append(bodies.ShiftOpened(head=shop.head(), shift_id=shop.ids.new_id(), float_fen=0))
    present = shop.ledger.current_shift()
    assert present is not None
    assert (present.shift_id, present.business_date, present.opened_seq) == (opened.shift_id, TODAY, 2)
    assert shop.ledger.new_head().shift_id == opened.shift_id

    closed = bodies.ShiftClosed(
        head=shop.head(), shift_id=opened.shift_id, counted_fen=20_000, expected_fen=20_000, to_safe_fen=20_000
    )
    shop.ledger.append(closed)

    assert shop.ledger.current_shift() is None


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE entries SET body = x'00'",
        "DELETE FROM entries",
        "UPDATE postings SET amount = amount + 1",
        "DELETE FROM postings",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 2",
        "INSERT INTO postings SELECT position, 99, 'cash', 'fen', 1, NULL, '' FROM entries WHERE seq = 2",
        "UPDATE rights SET credited = credited - 1",
        "UPDATE rights SET spent = spent + 100000",
        "DELETE FROM rights",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(shop: Shop, attack: str) -> None:
    shop.ledger.append(shop.sale(member=MEMBER, earned=10))
    shop.ledger.close()
    file = sqlite3.connect(shop.folder / "ledger.db")
    try:
        with pytest.raises(sqlite3.IntegrityError):
            file.execute(attack)
    finally:
        file.close()
        shop.ledger = shop.opened()


def test_postings_that_do_not_sum_to_zero_never_reach_the_disk(shop: Shop) -> None:
    entry = shop.ledger.append(shop.sale())
    shop.ledger.close()
    file = sqlite3.connect(shop.folder / "ledger.db", isolation_level=None)
    file.execute("PRAGMA foreign_keys = ON")
    position = (1 << 40) + entry.seq + 1
    file.execute("BEGIN")
    file.execute("INSERT INTO postings VALUES (?, 0, 'cash', 'fen', 5, NULL, '')", (position,))
    with pytest.raises(sqlite3.IntegrityError, match="sum to zero"):
        file.execute(
            "INSERT INTO entries SELECT ?, 1, ?, 'sale', 1, randomblob(16), business_date, NULL, 0, 0, NULL, NULL,"
            " entry_hash, randomblob(32), body FROM entries WHERE seq = ?",
            (position, entry.seq + 1, entry.seq),
        )
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        file.execute("COMMIT")  # postings without their entry
    file.close()
    shop.ledger = shop.opened()


def test_enrolled_again_the_chain_goes_on_in_a_new_epoch(shop: Shop) -> None:
    last = shop.ledger.append(shop.sale())
    opened = shop.ledger.adopt_enrolment(enrolment(epoch=3))
    assert (opened.epoch, opened.seq, opened.prev_hash) == (3, 1, last.entry_hash)
    assert shop.again().append(shop.sale()).seq == 2
    with pytest.raises(Refusal, match="enrolled_already"):
        shop.ledger.adopt_enrolment(enrolment(epoch=2))
