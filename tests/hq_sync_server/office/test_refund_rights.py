"""Refunds at HQ: the right to refund a sale moves, and what comes back never exceeds what was sold without a name."""

from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.rights import refund_rights, sealing
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import office_tables, tables
from shared_models import bodies
from shared_models.bodies import RefundLine, TokenMove
from shared_models.catalog import StoreRow
from shared_models.refund_rights import decode_right
from shared_models.sales import LotAmount, MemberOnSale, Price, SaleLine, Tender
from shared_models.sync import ControlAnswer, RightsRequest, SaleWanted
from shared_models.tokens import refund_right
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.restored import known_member


@pytest.fixture
def till_c(hq: Hq, stores: list[StoreRow]) -> WireTill:
    """The first store's second till."""
    return WireTill.enrolled(hq, stores[0].store_id)


def sell(till: WireTill, pieces: int = 3, each_fen: int = 500) -> bodies.Sale:
    """Some pieces of bread for cash; the receipt is numbered by its place, as a till does it."""
    plain = sale_body(till, pieces * each_fen)
    line = SaleLine(
        line_number=1, goods_id="bread", name="红豆吐司", quantity_milli=1000 * pieces, price=Price(each_fen),
        list_amount_fen=pieces * each_fen, amount_fen=pieces * each_fen,
    )  # fmt: skip
    number = f"{till.enrolment.till_number:02d}1-{len(till.entries) + 1}"
    sale = bodies.Sale(
        head=plain.head, receipt_number=number, inputs=plain.inputs, lines=(line,), total_fen=pieces * each_fen,
        tenders=(Tender(kind="cash", amount_fen=pieces * each_fen),),
    )  # fmt: skip
    till.append(sale)
    return sale


def refund(
    till: WireTill, sale: bodies.Sale, pieces: int = 1, *, fen: int | None = None, version: int = 0
) -> bodies.Refund:
    """Pieces back, in cash."""
    amount_fen = pieces * 500 if fen is None else fen
    line = RefundLine(
        line_number=1, goods_id="bread", name="红豆吐司", quantity_milli=1000 * pieces, list_amount_fen=amount_fen,
        amount_fen=amount_fen,
    )  # fmt: skip
    body = bodies.Refund(
        head=till.head(), receipt_number=f"r{len(till.entries)}", sale_id=sale.head.business_id,
        sale_till_id=till.till_id, sale_epoch=1, sale_seq=2, right_version=version, lines=(line,),
        total_fen=amount_fen, tenders=(Tender(kind="cash", amount_fen=amount_fen),),
    )  # fmt: skip
    till.append(body)
    return body


def ask(till: WireTill, *sales: SaleWanted) -> ControlAnswer:
    """Ask for rights to refund, all entries delivered."""
    if till.acked_seq < len(till.entries):
        till.push()
    return till.control("rights", RightsRequest(lane=till.position(), sales=sales))


def by_id(sale: bodies.Sale) -> SaleWanted:
    return SaleWanted(sale_id=sale.head.business_id)


def give_back(till: WireTill, sale: bodies.Sale, version: int) -> None:
    sale_id = sale.head.business_id
    move = TokenMove(token=refund_right(sale_id), kind="refund_right", version=version, subject=sale_id)
    till.append(bodies.TokenReleased(head=till.head(), tokens=(move,)))
    till.push()


def give_up_through(till: WireTill, seq: int) -> None:
    till.append(bodies.TokenReleased(head=till.head(), refund_rights_through_seq=seq))
    till.push()


def codes(hq: Hq) -> list[tuple[str, int]]:
    """(name, money that went out) of every exception."""
    columns = office_tables.exceptions.c
    with hq.desk.read() as connection:
        found = connection.execute(select(columns.code, columns.amount).order_by(columns.exception_id)).all()
    return [(code, amount) for code, amount in found if code != "not_repriced"]


def unnamed(hq: Hq) -> list[UUID]:
    with hq.desk.read() as connection:
        return list(refund_rights.unnamed(connection))


def test_a_till_refunds_its_own_sales_up_to_what_was_sold(hq: Hq, till_a: WireTill) -> None:
    sale = sell(till_a)
    refund(till_a, sale, 2)
    till_a.push()
    refund(till_a, sale, 1)
    till_a.push()
    assert codes(hq) == []
    refund(till_a, sale, 1)
    till_a.push()

    assert codes(hq) == [("refund_exceeds_sale", 500)]
    assert unnamed(hq) == []


def test_too_much_in_one_batch_or_for_no_money_is_named_too(hq: Hq, till_a: WireTill) -> None:
    first, second = sell(till_a), sell(till_a)
    refund(till_a, first, 2)
    refund(till_a, first, 2)
    refund(till_a, second, 3, fen=0)
    refund(till_a, second, 1, fen=0)
    refund(till_a, second, 1, fen=1_600)
    till_a.push()

    assert codes(hq) == [("refund_exceeds_sale", 500), ("refund_exceeds_sale", 0), ("refund_exceeds_sale", 100)]


def test_a_refund_of_nothing_hq_knows_is_named_with_all_of_its_money(hq: Hq, till_a: WireTill) -> None:
    never = sale_body(till_a, 1_500)
    refund(till_a, never, 2)
    till_a.push()
    assert codes(hq) == [("refund_of_unknown_sale", 1_000)]


def test_a_till_that_has_not_the_right_is_named_and_the_sum_still_counts(
    hq: Hq, till_a: WireTill, till_c: WireTill
) -> None:
    sale = sell(till_a)
    till_a.push()
    refund(till_c, sale, 2)
    till_c.push()
    refund(till_a, sale, 2)
    till_a.push()

    assert codes(hq) == [("refund_not_owned", 1_000), ("refund_exceeds_sale", 500)]


def test_another_till_gets_the_right_with_the_sale_and_what_came_back_before(
    hq: Hq, till_a: WireTill, till_c: WireTill
) -> None:
    sale = sell(till_a)
    refund(till_a, sale, 1)
    till_a.push()
    waiting = ask(till_c, SaleWanted(receipt_number=sale.receipt_number))
    nudged, recalls = till_a.changes().nudge, till_a.hello().recalls
    give_back(till_a, sale, 1)
    asked_again = till_c.changes().nudge
    answer = ask(till_c, by_id(sale))
    till_c.adopt(answer)
    (move,) = answer.tokens
    right = decode_right(move.terms)
    refund(till_c, sale, 2, version=2)
    till_c.push()
    refund(till_a, sale, 1)
    till_a.push()

    assert [(held.code, held.till_number, held.receipt_number) for held in waiting.held] == [("at_till", 1, "011-2")]
    assert (nudged, asked_again) == (True, True)
    assert [(recall.kind, recall.subject) for recall in recalls] == [("refund_right", sale.head.business_id)]
    assert (move.kind, move.version, move.subject) == ("refund_right", 2, sale.head.business_id)
    assert (right.till_id, right.epoch, right.seq, right.sold().receipt_number) == (till_a.till_id, 1, 2, "011-2")
    assert [sum(line.amount_fen for line in one.lines) for one in right.refunded()] == [500]
    assert codes(hq) == [("refund_not_owned", 500), ("refund_exceeds_sale", 500)]


def test_a_receipt_is_found_though_other_entries_went_ahead_of_its_sale(
    hq: Hq, till_a: WireTill, till_c: WireTill
) -> None:
    """The till's sync wrote of rights between the number and the sale."""
    number = "011-2"
    for _entry in range(3):
        till_a.append(bodies.CashMoved(head=till_a.head(), amount_fen=100, reason="change"))
    till_a.append(replace(sale_body(till_a, 500), receipt_number=number))
    till_a.push()
    assert [held.code for held in ask(till_c, SaleWanted(receipt_number=number)).held] == ["at_till"]


def test_points_credited_afterwards_go_with_the_right(hq: Hq, till_a: WireTill, till_c: WireTill) -> None:
    member = known_member(hq, 100)
    sale = sell(till_a)
    points = LotAmount(member, "points:2027-12", 15)
    till_a.append(
        bodies.SaleCredited(
            head=till_a.head(member),
            sale_id=sale.head.business_id,
            member=MemberOnSale(member_id=member, identified_by="card"),
            inputs=replace(sale.inputs, member_id=member),
            points_earned=(points,),
        )
    )
    give_back(till_a, sale, 1)

    (move,) = ask(till_c, by_id(sale)).tokens
    sold = decode_right(move.terms).sold()

    assert sold.member is not None
    assert (sold.member.member_id, sold.points_earned) == (member, (points,))


def test_an_old_version_of_the_right_is_not_the_right(hq: Hq, till_a: WireTill, till_c: WireTill) -> None:
    sale = sell(till_a)
    give_back(till_a, sale, 1)
    till_c.adopt(ask(till_c, by_id(sale)))
    refund(till_c, sale, 1, version=1)
    till_c.push()
    assert codes(hq) == [("refund_not_owned", 500)]


def test_rights_given_up_by_range_are_anybodys_up_to_there(
    hq: Hq, till_a: WireTill, till_b: WireTill, till_c: WireTill
) -> None:
    old, young = sell(till_a), sell(till_a)
    till_a.push()
    asked = ask(till_c, by_id(old))
    give_up_through(till_a, 2)
    give_up_through(till_a, 1)  # an older figure changes nothing
    nudged = till_c.changes().nudge
    given = ask(till_b, by_id(old), by_id(young))  # of another store
    till_b.adopt(given)
    refund(till_b, old, 1, version=2)
    till_b.push()
    refund(till_a, young, 1)
    till_a.push()

    assert [held.code for held in asked.held] == ["at_till"]
    assert nudged
    assert [move.subject for move in given.tokens] == [old.head.business_id]
    assert [(held.code, held.store_name) for held in given.held] == [("at_till", "1 号店")]
    assert codes(hq) == []
    refund(till_a, old, 1)
    till_a.push()
    assert codes(hq) == [("refund_not_owned", 500)]


def test_a_range_reaches_no_further_than_the_entry_that_says_it(hq: Hq, till_a: WireTill, till_c: WireTill) -> None:
    give_up_through(till_a, 99)
    sale = sell(till_a)
    refund(till_a, sale, 1)
    till_a.push()

    assert [held.code for held in ask(till_c, by_id(sale)).held] == ["at_till"]
    assert codes(hq) == []


def test_a_refund_after_the_range_in_the_same_batch_is_seen(hq: Hq, till_a: WireTill) -> None:
    sale = sell(till_a)
    till_a.append(bodies.TokenReleased(head=till_a.head(), refund_rights_through_seq=2))
    refund(till_a, sale, 1)
    till_a.push()
    assert codes(hq) == [("refund_not_owned", 500)]


def test_what_nobody_sold_and_what_is_here_already_is_said(hq: Hq, till_a: WireTill, till_c: WireTill) -> None:
    sale = sell(till_a)
    till_a.push()
    unknown = (
        SaleWanted(sale_id=hq.desk.ids.new_id()),
        SaleWanted(receipt_number="011-1"),
        SaleWanted(receipt_number="nonsense"),
        SaleWanted(receipt_number="991-2"),
    )

    assert [held.code for held in ask(till_c, *unknown).held] == ["unknown"] * 4
    assert [held.code for held in ask(till_a, by_id(sale)).held] == ["not_now"]
    assert ask(till_c, *(by_id(sale) for _ in range(51))).refusal == "too_many_subjects"


def test_the_rights_of_a_sealed_epoch_are_hqs(hq: Hq, till_a: WireTill, till_c: WireTill) -> None:
    sale = sell(till_a)
    till_a.push()

    def seal(work: Work) -> None:
        till = tills.find(work.connection, till_a.till_id)
        assert till is not None
        sealing.seal(work, till, 1, by="test", reason="lost")

    def late(work: Work) -> None:  # as if the sale had arrived after the epoch was sealed: beyond the range taken then
        work.connection.execute(update(tables.refund_ranges).values(through_seq=1))

    hq.desk.run(seal)
    hq.desk.run(late)
    answer = ask(till_c, by_id(sale))

    assert [move.version for move in answer.tokens] == [2]


def test_a_till_that_has_not_delivered_a_sale_yet_is_asked_to(hq: Hq, till_a: WireTill, till_c: WireTill) -> None:
    till_a.push()
    sale = sell(till_a)
    early = ask(till_c, SaleWanted(receipt_number=sale.receipt_number))
    nudged = till_a.changes().nudge
    till_a.push()
    later = ask(till_c, SaleWanted(receipt_number=sale.receipt_number))

    assert [(held.code, held.till_number) for held in (*early.held, *later.held)] == [("at_till", 1)] * 2
    assert nudged
    assert [recall.kind for recall in till_a.hello().recalls] == ["refund_right"]


@pytest.mark.usefixtures("breaks_books")
def test_verify_notices_refunds_above_a_sale_that_nobody_named(hq: Hq, till_a: WireTill) -> None:
    sale = sell(till_a)
    refund(till_a, sale, 2)
    refund(till_a, sale, 2)
    till_a.push()

    def hush(work: Work) -> None:
        work.connection.execute(update(tables.entries).values(verdict="ok", verdict_codes=""))

    hq.desk.run(hush)
    with hq.desk.read() as connection:
        faults = verify.verify(connection).faults
    assert [fault.code for fault in faults] == ["refunds_exceed_sale"]
