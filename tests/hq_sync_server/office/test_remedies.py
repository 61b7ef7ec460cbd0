"""Remedies: what an exception cost goes where people decided, every fen of it, and can be taken back."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.inbox import inbox, remedies
from hq_sync_server.office.inbox.inbox import Line
from hq_sync_server.office.members import member_requests
from hq_sync_server.office.organisation import tills
from hq_sync_server.records import tables
from shared_models.catalog import StoreRow
from shared_models.overlaps import OVERLAPS
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import register, release_top_up, sale_body, top_up
from tests.hq_sync_server.people import WireTill

ADMIN = Viewer(login="admin", role="hq_admin")
SECOND = Viewer(login="second", role="hq_admin")
EVERYWHERE = Scope()


def _note(hq: Hq, till: WireTill, code: str, amount: int, subject: UUID | None = None, **told: str) -> UUID:
    note = Note(code, till_id=till.till_id, epoch=1, seq=1, amount=amount, unit="fen", subject=subject, told=dict(told))
    hq.desk.run(lambda work: write_notes(work.connection, [note], work.ids, work.now_ms))
    return next(line.exception_id for line in _lines(hq) if line.code == code)


def _lines(hq: Hq, status: str = "open") -> list[Line]:
    with hq.desk.read() as connection:
        return inbox.lines(connection, EVERYWHERE, status=status)


def _offers(hq: Hq, exception_id: UUID, viewer: Viewer = ADMIN) -> dict[str, remedies.Offer]:
    with hq.desk.read() as connection:
        line = inbox.one(connection, EVERYWHERE, exception_id).line
        return {one.name: one for one in remedies.offers(connection, viewer, EVERYWHERE, line)}


def _choose(hq: Hq, exception_id: UUID, name: str, viewer: Viewer = ADMIN) -> None:
    hq.desk.run(lambda work: remedies.choose(work, viewer, EVERYWHERE, exception_id, name))


def _undo(hq: Hq, exception_id: UUID) -> None:
    hq.desk.run(lambda work: remedies.undo(work, ADMIN, EVERYWHERE, exception_id))


def _account(hq: Hq, name: str) -> int:
    postings = tables.postings.c
    with hq.desk.read() as connection:
        return int(connection.scalar(select(func.sum(postings.amount)).where(postings.account == name)) or 0)


def test_the_loss_of_a_till_that_spent_too_much_is_claimed_from_its_store_and_taken_back(
    hq: Hq, till_a: WireTill, stores: list[StoreRow]
) -> None:
    """50.00 were here, 80.00 were spent: 30.00 are the chain's loss, until the store pays."""
    member = register(till_a, "+8613800005678")
    top_up_id = top_up(till_a, member, 5_000)
    till_a.append(
        sale_body(till_a, 8_000, member_id=member, stored=[LotAmount(member, principal_lot(top_up_id), 8_000)])
    )
    till_a.push()
    (line,) = [line for line in _lines(hq) if line.code == "overspent"]

    offered = _offers(hq, line.exception_id)
    _choose(hq, line.exception_id, "store_pays")

    assert (offered["store_pays"].amount_fen, offered["store_pays"].credit) == (3_000, "loss")
    assert offered["chain_bears"].debit == "", "it is the chain's loss already"
    assert (_account(hq, "store_claims"), _account(hq, "loss")) == (3_000, 0)
    with hq.desk.read() as connection:
        assert remedies.claims(connection, EVERYWHERE) == [("S1", stores[0].name, 3_000)]
    with pytest.raises(Refusal, match="exception_closed"):
        _choose(hq, line.exception_id, "store_pays")
    with pytest.raises(Refusal, match="remedy_in_force"):
        hq.desk.run(lambda work: inbox.reopen(work, ADMIN, EVERYWHERE, line.exception_id))

    _undo(hq, line.exception_id)

    assert (_account(hq, "store_claims"), _account(hq, "loss")) == (0, 3_000)
    assert _lines(hq)[0].status == "open"
    with pytest.raises(Refusal, match="remedy_final"):
        _undo(hq, line.exception_id)


def test_a_cost_that_lies_in_sales_already_is_named_and_not_counted_twice(hq: Hq, till_a: WireTill) -> None:
    exception_id = _note(hq, till_a, "coupon_twice", 1_000)

    _choose(hq, exception_id, "chain_bears")

    assert (_account(hq, "loss"), _account(hq, "remedied")) == (1_000, -1_000)


def test_a_button_that_is_pressed_twice_books_once(hq: Hq, till_a: WireTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read that it is open before either closes it, unless one waits for the other."""
    exception_id = _note(hq, till_a, "coupon_twice", 1_000)
    both_book, book = threading.Barrier(2), remedies._book

    def late(*said: Any) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_book.wait(0.5)
        book(*said)

    def press(_time: int) -> str:
        try:
            _choose(hq, exception_id, "chain_bears")
        except Refusal as refusal:
            return refusal.code
        return ""

    monkeypatch.setattr(remedies, "_book", late)
    with ThreadPoolExecutor(2) as at_once:
        pressed = sorted(at_once.map(press, range(2)))

    assert pressed == ["", "exception_closed"]
    assert (_account(hq, "loss"), _account(hq, "remedied")) == (1_000, -1_000)


def test_a_members_balance_is_asked_for_and_booked_when_another_agrees(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "+8613800005678")
    top_up_id = top_up(till_a, member, 5_000)
    release_top_up(till_a, member, top_up_id, 5_000)
    till_a.push()
    exception_id = _note(hq, till_a, "refund_exceeds_sale", 1_200, member)

    assert _offers(hq, exception_id)["member_pays"].asks
    _choose(hq, exception_id, "member_pays")
    with hq.desk.read() as connection:
        (asked,) = member_requests.waiting(connection, EVERYWHERE)
        (chosen,) = remedies.done(connection, exception_id)
    assert (asked.adjustment.amount, asked.reason.split()[0]) == (-1_200, "refund_exceeds_sale")
    assert chosen.request_status == "waiting"
    with pytest.raises(Refusal, match="own_request"):
        hq.desk.run(lambda work: member_requests.agree(work, ADMIN, EVERYWHERE, asked.request_id))
    hq.desk.run(lambda work: member_requests.agree(work, SECOND, EVERYWHERE, asked.request_id))

    assert _account(hq, "principal") == -3_800
    with pytest.raises(Refusal, match="remedy_final"):
        _undo(hq, exception_id)


def test_what_nobody_agreed_to_yet_is_withdrawn_with_its_remedy(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "+8613800005678")
    till_a.push()
    exception_id = _note(hq, till_a, "balance_cap_exceeded", 700, member)

    _choose(hq, exception_id, "pay_out")
    _undo(hq, exception_id)

    with hq.desk.read() as connection:
        assert member_requests.waiting(connection, EVERYWHERE) == []
    assert [line.code for line in _lines(hq)] == ["balance_cap_exceeded"]


def test_two_of_one_number_are_united_and_separated_again(hq: Hq, till_a: WireTill) -> None:
    first, second = register(till_a, "+8613800005678"), register(till_a, "+8613800005679")
    top_up_id = top_up(till_a, second, 4_000)
    release_top_up(till_a, second, top_up_id, 4_000)
    till_a.push()
    exception_id = _note(hq, till_a, "unite_waiting", 0, second, **{"with": first.hex})

    _choose(hq, exception_id, "unite")
    _undo(hq, exception_id)

    members = tables.members.c
    with hq.desk.read() as connection:
        rows = connection.execute(select(members.member_id, members.canonical_id))
        canonical = {row.member_id: row.canonical_id for row in rows}
    assert (canonical[first], canonical[second]) == (first, second)


def test_what_costs_nothing_offers_nothing_and_a_role_only_what_it_may(hq: Hq, till_a: WireTill) -> None:
    assert _offers(hq, _note(hq, till_a, "release_clipped", 500)) == {}
    claimed = _note(hq, till_a, "coupon_unknown", 500)
    assert set(_offers(hq, claimed)) == {"chain_bears", "store_pays"}
    assert _offers(hq, claimed, Viewer(login="a", role="auditor")) == {}
    with pytest.raises(Refusal, match="not_allowed"):
        _choose(hq, claimed, "chain_bears", Viewer(login="a", role="auditor"))
    with pytest.raises(Refusal, match="remedy_unknown"):
        _choose(hq, claimed, "member_pays")


def test_only_names_of_the_register_have_remedies() -> None:
    assert remedies.codes() <= OVERLAPS.keys()
    costs = {code for code, one in OVERLAPS.items() if one.money in ("loss", "difference")}
    assert costs - remedies.codes() == {"postings_differ"}, "HQ books its own: nothing is left to be put right"


def test_what_was_kept_aside_is_taken_with_one_press(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    hq.desk.run(lambda work: tills.revoke(work, till_a.till_id))
    top_up(till_a, UUID(int=7), 700)
    assert till_a.control("entries", till_a.batch()).outcome == "kept"
    (line,) = [line for line in _lines(hq) if line.code == "kept_aside"]

    _choose(hq, line.exception_id, "accept_kept")

    assert "under_revoked_key" in {line.code for line in _lines(hq)}
    assert "kept_aside" not in {line.code for line in _lines(hq)}
