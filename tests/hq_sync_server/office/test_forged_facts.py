"""What a till's own program writes under names that are HQ's, or names where nothing of the kind is: it is kept, and
nobody goes by it."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books import risks
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import member_desk, separating
from hq_sync_server.office.rules import explaining, rule_preview
from hq_sync_server.records import tables
from shared_models import bodies
from shared_models.bodies import Body, OpeningLot
from shared_models.catalog import StoreRow
from shared_models.refund_rights import decode_right
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot, risk_lot
from shared_models.rules import StoreRules
from shared_models.tokens import home_token
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import register, release_top_up, sale_body, top_up
from tests.hq_sync_server.office.test_printed_coupons import become_home, issue
from tests.hq_sync_server.office.test_refund_rights import ask, by_id, give_back, refund, sell
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import heal
from tests.hq_sync_server.restored import balance, exceptions

ADMIN = Viewer(login="admin", role="hq_admin")


def _forge(till: WireTill, body: Body) -> None:
    entry_type, version = bodies.type_of(body)
    till.append_raw(entry_type, version, bodies.encode_body(body))


def test_nothing_goes_to_whom_a_till_says_it_was_brought_by(hq: Hq, till_a: WireTill) -> None:
    """Two were united by mistake and are taken apart: what came together is what HQ had moved."""
    kept, other = register(till_a, "+8613800005678"), register(till_a, "+8613800001234")
    lot = top_up(till_a, kept, 5_000)
    release_top_up(till_a, kept, lot, 5_000)
    till_a.push()
    hq.desk.run(lambda work: member_desk.unite(work, ADMIN, Scope(), kept, other))
    moved = (OpeningLot(lot=principal_lot(lot), amount=5_000),)
    _forge(till_a, bodies.MembersUnited(head=till_a.head(other), alias_id=other, canonical_id=kept, moved=moved))
    till_a.append_raw("members_united", 1, msgspec.json.encode({"head": till_a.head(other)}))
    till_a.push()

    went = hq.desk.run(lambda work: separating.separate(work, ADMIN, Scope(), kept, other))

    assert (went, balance(hq, kept), balance(hq, other)) == ([], 5_000, 0)


def test_what_the_chain_bears_of_a_risk_hq_alone_says(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "+8613800005678")
    lot = risk_lot(UUID(int=7))
    _forge(till_a, bodies.RiskLost(head=till_a.head(member), subject=member, risk_lot=lot, amount_fen=9_900))
    till_a.append_raw("risk_lost", 1, msgspec.json.encode({"head": till_a.head(member)}))
    till_a.push()

    def lost_fen(work: Work) -> int:
        books = Books(work)
        books.open({member})
        return risks._lost_fen(books, member, lot)

    assert hq.desk.run(lost_fen) == 0


def test_a_refund_of_what_is_no_sale_stops_neither_the_look_over_all_books_nor_a_recovery(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    backup.restore()
    top_up_id = top_up(till_a, UUID(int=7), 1_500)
    sale = sale_body(till_a, 1_500)
    refund(till_a, structs.replace(sale, head=structs.replace(sale.head, business_id=top_up_id)))

    heal(till_a), heal(till_b)

    assert exceptions(hq) == ["refund_of_unknown_sale"]


def test_a_sale_that_is_called_an_order_goes_to_another_till_with_corrections_alone(
    hq: Hq, till_a: WireTill, till_b: WireTill
) -> None:
    sale = sell(till_a)
    sale_id = sale.head.business_id
    give_back(till_a, sale, 1)
    till_b.append(bodies.OrderCollected(head=till_b.head(), order_id=sale_id, sale_id=sale_id, deposit_fen=600))
    till_b.push()

    (move,) = ask(till_b, by_id(sale)).tokens

    assert decode_right(move.terms).corrected() == ()


def test_a_sale_that_nobody_here_can_read_is_priced_by_nobody(hq: Hq, till_a: WireTill) -> None:
    till_a.append_raw("sale", 9, msgspec.json.encode({"head": till_a.head()}))
    till_a.push()
    rules = {till_a.enrolment.store_id: StoreRules(version=1, store_id=till_a.enrolment.store_id)}

    with hq.desk.read() as connection:
        entries = tables.entries.c
        parked = connection.scalar(select(entries.entry_id).where(entries.entry_type == "sale"))
        preview = rule_preview.preview(connection, rules, rules, "2026-01-02", lambda _done, _total: None)
        with pytest.raises(Refusal, match="not_found"):
            explaining.why(connection, Scope(), parked or 0)

    assert (parked is not None, preview.baskets) == (True, 0)


def test_a_coupon_that_was_not_redeemed_in_a_sale_does_not_come_back_from_it_unnamed(hq: Hq, till_a: WireTill) -> None:
    """A refund of nothing, with a coupon: as many as somebody likes to make."""
    sale = sell(till_a)
    body = refund(till_a, sale, 0)
    till_a.entries.pop()
    till_a.append(structs.replace(body, coupons_restored=(UUID(int=7),)))
    till_a.push()

    assert exceptions(hq) == ["refund_exceeds_sale"]


def test_a_home_token_is_not_spent_like_a_coupon(hq: Hq, stores: list[StoreRow], till_a: WireTill) -> None:
    """By its own owner: it would be nobody's for ever after."""
    issue(hq, stores[0])
    become_home(till_a, stores[0])
    home = home_token(stores[0].store_id)
    till_a.append(sale_body(till_a, 1_000, coupons=[home]))

    answer = till_a.push()

    with hq.desk.read() as connection:
        spent = connection.scalar(select(tables.tokens.c.spent_entry_id).where(tables.tokens.c.token == home))
    assert ([verdict.code for verdict in answer.verdicts], spent) == (["code_failed"], None)
