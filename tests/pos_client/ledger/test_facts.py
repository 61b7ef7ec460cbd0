"""Facts are read back by date, shift, person, receipt and reference."""

from uuid import UUID

from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.sales import Tender
from shared_models.sync import ControlAnswer
from tests.pos_client.ledger.shop import MEMBER, OTHER_MEMBER, TODAY, Shop

TOMORROW = "2026-11-24"


def opened_shift(shop: Shop, business_date: str = TODAY) -> UUID:
    """A shift without a float."""
    shift_id = shop.ids.new_id()
    head = shop.head(shift_id=shift_id, business_date=business_date)
    shop.ledger.append(bodies.ShiftOpened(head=head, shift_id=shift_id, float_fen=0))
    return shift_id


def closed_shift(shop: Shop, shift_id: UUID) -> None:
    """Nothing counted, nothing expected."""
    body = bodies.ShiftClosed(head=shop.ledger.new_head(), shift_id=shift_id, counted_fen=0, expected_fen=0)
    shop.ledger.append(body)


def test_sums_and_entries_of_a_shift_are_its_own(shop: Shop) -> None:
    early = opened_shift(shop)
    shop.ledger.append(shop.sale(1_000, head=shop.ledger.new_head()))
    closed_shift(shop, early)
    late = opened_shift(shop)
    shop.ledger.append(shop.sale(2_000, head=shop.ledger.new_head()))
    shop.ledger.append(shop.sale(5_000, business_date=TOMORROW))

    def cash(**asked: str | UUID) -> int:
        sums = shop.ledger.posting_sums(**asked)  # type: ignore[arg-type]  # a date or a shift
        return sum(each.amount for each in sums if each.account == "cash")

    assert (cash(shift_id=early), cash(shift_id=late), cash(business_date=TODAY)) == (1_000, 2_000, 3_000)
    assert [each.entry_type for each in shop.ledger.entries(shift_id=early)] == ["shift_opened", "sale", "shift_closed"]
    assert len(shop.ledger.entries(["sale"], shift_id=late)) == 1
    assert shop.ledger.entries(["sale"], shift_id=MEMBER) == []


def test_what_somebody_bought_last_comes_first(shop: Shop) -> None:
    mine = [shop.ledger.append(shop.sale(1_000 * n, member=MEMBER)) for n in range(1, 4)]
    shop.ledger.append(shop.sale(member=OTHER_MEMBER))
    shop.ledger.append(shop.top_up())
    assert shop.ledger.entries_about([MEMBER], ["sale"], limit=2) == mine[:0:-1]
    assert shop.ledger.entries(["sale"], newest_first=True, limit=1)[0].seq == 5


def test_what_refers_to_an_entry_is_found_by_it(shop: Shop) -> None:
    sale = shop.sale(1_000)
    seq = shop.ledger.append(sale).seq
    shop.ledger.append(shop.refund(sale, seq, quantity_milli=100))
    corrected = bodies.TenderCorrected(
        head=shop.head(), sale_id=sale.head.business_id, taken_back=(Tender(kind="cash", amount_fen=900),),
        put_instead=(Tender(kind="wechat", amount_fen=900),),
    )  # fmt: skip
    shop.ledger.append(corrected)
    about = shop.ledger.references_to(sale.head.business_id)
    assert [entry.entry_type for entry in about] == ["refund", "tender_corrected"]
    assert shop.ledger.sale_by_receipt("nothing") is None


def test_old_attachments_go_once_hq_has_them(shop: Shop) -> None:
    def noted(text: str, business_date: str) -> None:
        note = Attachment(kind="note", salt=shop.ids.new_salt(), content=text.encode())
        head = shop.head(business_date=business_date)
        shop.ledger.append(
            bodies.CashMoved(head=head, amount_fen=1, reason="r", note_attachment=note.attachment_hash), [note]
        )

    noted("old", "2026-09-01")
    acked = shop.ledger.head()
    noted("old but HQ has not got it", "2026-09-01")
    noted("new", TODAY)
    request = shop.ledger.start_request("entries", 1, 2, b"", lambda number: number.to_bytes(32, "big"))
    answer = ControlAnswer(
        request_number=request.number, outcome="ok", acked_seq=acked.seq, acked_hash=acked.entry_hash
    )
    shop.ledger.close_request(request.number, answer)

    assert shop.ledger.delete_attachments("2026-10-19") == 1

    left = [each.content.decode() for each in shop.ledger.attachments_of([2, 3, 4])]
    assert left == ["old but HQ has not got it", "new"]
