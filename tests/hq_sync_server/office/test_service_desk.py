"""The service desk: a ticket of a till is listed, answered and told back; articles go to every till."""

from functools import partial
from uuid import UUID

import pytest
from msgspec import msgpack

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import OFFICE, Scope, Viewer
from hq_sync_server.office.members import forgetting, tickets
from hq_sync_server.office.organisation import knowledge
from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.refusals import Refusal
from shared_models.service import ArticleRow, TicketRow
from shared_models.shop_day import TillShifts
from tests.hq_sync_server.facts import register
from tests.hq_sync_server.people import WireTill, member_rows

ALL = Scope()
SERVICE = Viewer(login="anna", role="service")
NOTE = Attachment(kind="note", salt=bytes(range(32)), content="面包里有一根头发".encode())


def open_ticket(till: WireTill, member: UUID | None = None) -> bodies.TicketOpened:
    body = bodies.TicketOpened(
        head=till.head(*([member] if member else [])), ticket_id=till.hq.desk.ids.new_id(), member_id=member,
        category="quality", note_attachment=NOTE.attachment_hash, about_receipt="011-9",
    )  # fmt: skip
    till.append(body, [NOTE])
    till.push()
    return body


def listed(hq: Hq, scope: Scope = ALL) -> list[tickets.Ticket]:
    with hq.desk.read() as connection:
        return tickets.listed(connection, SERVICE, scope)


def told(till: WireTill) -> list[TicketRow]:
    rows = [row for row in till.changes().rows if row.kind == "ticket"]
    return [msgpack.decode(row.payload, type=TicketRow) for row in rows]


def test_a_ticket_is_listed_answered_and_told_back_to_the_stores_tills(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "13800005678", name="王小明")
    opened = open_ticket(till_a, member)

    (ticket,) = listed(hq)
    assert (ticket.note, ticket.receipt_number, ticket.member_name, ticket.status) == (
        "面包里有一根头发", "011-9", "王小明", "open",
    )  # fmt: skip
    assert [row.status for row in told(till_a)] == ["open"]
    assert member_rows(till_a.changes().rows)[member].alerts == ("high_care",)

    hq.desk.run(lambda work: tickets.change(work, SERVICE, ALL, opened.ticket_id, "solved", "已致电道歉"))

    assert [(row.status, row.answer) for row in told(till_a)] == [("solved", "已致电道歉")]
    assert [ticket.changed_by for ticket in listed(hq)] == ["anna"]


def test_nobody_works_on_tickets_of_stores_they_do_not_see(hq: Hq, till_a: WireTill) -> None:
    opened = open_ticket(till_a)
    nowhere = Scope(frozenset())
    assert listed(hq, nowhere) == []
    with pytest.raises(Refusal, match="not_found"):
        hq.desk.run(lambda work: tickets.change(work, SERVICE, nowhere, opened.ticket_id, "solved", ""))
    auditor = Viewer(login="a", role="auditor")
    with pytest.raises(Refusal, match="not_allowed"):
        hq.desk.run(lambda work: tickets.change(work, auditor, ALL, opened.ticket_id, "solved", ""))


def test_what_was_said_of_a_forgotten_person_is_gone_and_the_ticket_stays(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "13800005678")
    opened = open_ticket(till_a, member)
    hq.desk.run(lambda work: tickets.change(work, SERVICE, ALL, opened.ticket_id, "working", "王小明很生气"))

    hq.desk.run(lambda work: forgetting.forget(work, member))

    (ticket,) = listed(hq)
    assert (ticket.note, ticket.answer, ticket.member_name, ticket.status) == ("", "", "", "working")
    assert [row.answer for row in told(till_a)] == [""]


def test_articles_reach_every_till_and_leave_it_again(hq: Hq, till_a: WireTill) -> None:
    row = ArticleRow(article_id="wash", title="如何清洗咖啡机", body="先关机。", words=("咖啡机",))
    hq.desk.run(lambda work: knowledge.save(work, SERVICE, [row]))
    published = {each.key: each for each in till_a.changes().rows if each.kind == "article"}
    assert msgpack.decode(published["wash"].payload, type=ArticleRow) == row

    hq.desk.run(lambda work: knowledge.remove(work, SERVICE, "wash"))
    gone = {each.key: each.deleted for each in till_a.changes().rows if each.kind == "article"}
    assert gone == {"wash": True}
    for wrong, code in (
        (ArticleRow(article_id="ä b", title="x", body="y"), "article_id_invalid"),
        (ArticleRow(article_id="x", title="", body="y"), "text_missing"),
        (ArticleRow(article_id="x", title="x" * 61, body="y"), "text_too_long"),
    ):
        with pytest.raises(Refusal, match=code):
            hq.desk.run(partial(knowledge.save, viewer=OFFICE, articles=[wrong]))


def test_the_stores_tills_hear_of_each_others_shifts(hq: Hq, till_a: WireTill) -> None:
    shift = hq.desk.ids.new_id()
    till_a.append(bodies.ShiftOpened(head=till_a.head(), shift_id=shift, float_fen=20_000))
    till_a.push()

    def heard() -> TillShifts:
        (row,) = [each for each in till_a.changes().rows if each.kind == "till_shifts"]
        return msgpack.decode(row.payload, type=TillShifts)

    assert [(one.float_fen, one.closed_at_ms) for one in heard().shifts] == [(20_000, 0)]
    closed = bodies.ShiftClosed(
        head=till_a.head(), shift_id=shift, counted_fen=21_000, expected_fen=21_010, figures={"sales": 3}
    )
    till_a.append(closed)
    till_a.push()
    (one,) = heard().shifts
    assert (one.float_fen, one.counted_fen, one.figures, one.closed_at_ms > 0) == (20_000, 21_000, {"sales": 3}, True)
