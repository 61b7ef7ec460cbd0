"""Rights at HQ: lent once, spent where they are, home again by a logged release, and never lent above what is free."""

import pytest
import sqlalchemy.exc
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import office_tables, tables
from shared_models import bodies
from shared_models.postings import with_digest
from shared_models.rights import bonus_lot, principal_lot
from shared_models.sales import LotAmount
from shared_models.sync import LotWanted, RightsRequest
from tests.hq_sync_server.facts import release_top_up, sale_body, top_up
from tests.hq_sync_server.people import WireTill, balances, member_rows


def _exceptions(hq: Hq) -> list[tuple[str, int]]:
    table = office_tables.exceptions
    with hq.desk.read() as connection:
        rows = connection.execute(table.select().order_by(table.c.raised_at_ms, table.c.exception_id)).all()
    return [(row.code, row.amount) for row in rows if row.code != "not_repriced"]


def test_top_up_at_a_is_spent_at_b_a_second_later_with_a_unplugged(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = hq.desk.ids.new_id()
    lot = principal_lot(paid := top_up(till_a, member, 10_000, 800))
    release_top_up(till_a, member, paid, 10_000, 800)
    till_a.push()

    till_b.push()
    answer = till_b.ask(member)
    till_b.adopt(answer)
    till_b.append(sale_body(till_b, 3_000, member_id=member, stored=[LotAmount(member, lot, 3_000)]))
    till_b.release(LotAmount(member, lot, 7_000), LotAmount(member, bonus_lot(paid), 800))
    till_b.push()

    assert {grant.lot: grant.granted_total for grant in answer.grants} == {lot: 10_000, bonus_lot(paid): 800}
    assert balances(member_rows(till_a.changes().rows)[member]) == {lot: 7_000, bonus_lot(paid): 800}


def test_a_bonus_that_is_spent_is_told_of_while_its_principal_is_left(hq: Hq, till_a: WireTill) -> None:
    """Who pays the principal out at another till has to know that there was one."""
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 10_000, 800)
    principal, bonus = (LotAmount(member, lot(paid), 800) for lot in (principal_lot, bonus_lot))
    till_a.append(sale_body(till_a, 800, member_id=member, stored=[bonus]))
    till_a.push()
    assert balances(member_rows(till_a.changes().rows)[member]) == {principal.lot: 10_000, bonus.lot: 0}

    till_a.append(sale_body(till_a, 10_000, member_id=member, stored=[structs.replace(principal, amount=10_000)]))
    till_a.push()
    assert balances(member_rows(till_a.changes().rows)[member]) == {}
    assert _exceptions(hq) == []


def test_what_one_till_holds_no_other_gets(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = hq.desk.ids.new_id()
    top_up(till_a, member, 10_000)
    till_a.push()  # not released: A may still spend all of it
    till_b.push()

    assert till_b.ask(member).grants == ()


def test_grant_names_the_whole_so_asking_again_lends_nothing_more(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 10_000)
    release_top_up(till_a, member, paid, 10_000)
    till_a.push()
    till_b.push()
    wanted = LotWanted(subject=member, lot=principal_lot(paid), granted_total=4_000)

    first = till_b.control("rights", RightsRequest(lane=till_b.position(), lots=(wanted,)))
    till_b.adopt(first)
    till_b.push()
    second = till_b.control("rights", RightsRequest(lane=till_b.position(), lots=(wanted,)))

    assert [grant.granted_total for grant in first.grants] == [4_000]
    assert second.grants == ()


def test_a_grant_is_repeated_until_the_till_names_it_as_adopted(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    one, other = hq.desk.ids.new_id(), hq.desk.ids.new_id()
    for member in (one, other):
        paid = top_up(till_a, member, 5_000)
        release_top_up(till_a, member, paid, 5_000)
    till_a.push()
    till_b.push()

    first = till_b.ask(one)  # the till stops before it could adopt
    again = till_b.ask(other)

    assert (again.grant_request, again.grants) == (first.grant_request, first.grants)
    till_b.adopt(again)
    till_b.push()
    assert [grant.subject for grant in till_b.ask(other).grants] == [other]


def test_nothing_is_lent_to_a_till_whose_head_is_not_verified(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 5_000)
    release_top_up(till_a, member, paid, 5_000)
    till_a.push()
    till_a.acked_seq, till_a.acked_hash = 1, till_a.entries[0].entry_hash

    answer = till_a.ask(member)

    assert (answer.outcome, answer.grants, answer.acked_seq) == ("resend_from", (), 3)


def test_a_spend_beyond_the_rights_is_a_loss_of_that_holder_and_cannot_be_lent(
    hq: Hq, till_a: WireTill, till_b: WireTill
) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 5_000)
    release_top_up(till_a, member, paid, 5_000)
    lot = principal_lot(paid)
    till_a.append(sale_body(till_a, 2_000, member_id=member, stored=[LotAmount(member, lot, 2_000)]))

    answer = till_a.push()

    assert [(verdict.outcome, verdict.code) for verdict in answer.verdicts] == [("exception", "overspent")]
    assert _exceptions(hq) == [("overspent", 2_000)]
    till_b.push()
    assert [grant.granted_total for grant in till_b.ask(member).grants] == [5_000]


def test_a_release_counts_only_as_far_as_the_holder_has_something_out(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 5_000)
    release_top_up(till_a, member, paid, 6_000)

    till_a.push()

    assert _exceptions(hq) == [("release_clipped", 1_000)]
    assert [grant.granted_total for grant in till_a.ask(member).grants] == [5_000]


def test_an_expired_lot_is_not_lent(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = hq.desk.ids.new_id()
    old, good = LotAmount(member, "points:2025-12", 30), LotAmount(member, "points:2026-01", 20)
    till_a.append(sale_body(till_a, 5_000, member_id=member, points_earned=[old, good]))
    till_a.release(old, good)
    till_a.push()
    till_b.push()

    assert [grant.lot for grant in till_b.ask(member).grants] == ["points:2026-01"]


def test_a_grant_taken_over_that_hq_never_gave_is_named(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    grant = bodies.GrantAdopted(subject=member, lot=principal_lot(member), granted_total=9_000)
    till_a.append(bodies.RightsAdopted(head=till_a.head(member), request_number=1, grants=(grant,)))

    assert [verdict.code for verdict in till_a.push().verdicts] == ["adoption_without_grant"]


def test_the_database_itself_refuses_an_overdraft(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 5_000)
    release_top_up(till_a, member, paid, 5_000)
    till_a.push()

    with pytest.raises(sqlalchemy.exc.IntegrityError), hq.desk.database.write() as connection:
        connection.execute(tables.subject_lots.update().values(free=-1))


def test_verify_sees_a_changed_entry_and_a_changed_balance(hq: Hq, till_a: WireTill, breaks_books: None) -> None:
    member = hq.desk.ids.new_id()
    top_up(till_a, member, 5_000)
    till_a.push()
    with hq.desk.database.write() as connection:
        connection.execute(tables.entries.update().where(tables.entries.c.seq == 1).values(body=b"{}"))
        connection.execute(tables.member_lots.update().values(balance=6_000))

    with hq.desk.read() as connection:
        report = verify.verify(connection)

    assert {fault.code for fault in report.faults} == {"hash_wrong", "unreadable", "balance_wrong"}


def test_digest_of_postings_that_differ_is_an_exception(hq: Hq, till_a: WireTill) -> None:
    body = with_digest(sale_body(till_a, 1_000))
    wrong = structs.replace(body, head=structs.replace(body.head, postings_digest="00"))
    till_a.append_raw("sale", 1, bodies.encode_body(wrong))

    assert till_a.push().verdicts[0].code == "postings_differ"
