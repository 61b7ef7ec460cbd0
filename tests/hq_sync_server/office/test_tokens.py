"""Coupons: HQ's until a till asks, one owner at a time, spent once for ever."""

from uuid import UUID

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.rights import tokens
from hq_sync_server.records import office_tables
from shared_models import bodies
from shared_models.bodies import TokenMove
from shared_models.sales import CouponTerms
from shared_models.tokens import restored_token
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill, member_rows


@pytest.fixture
def member(hq: Hq) -> UUID:
    return hq.desk.ids.new_id()


def _issue(hq: Hq, member: UUID, valid_to: str = "2026-12-31") -> UUID:
    terms = CouponTerms(
        token=hq.desk.ids.new_id(),
        template_id="w",
        name="满10减2",
        kind="amount_off",
        amount_fen=200,
        valid_to=valid_to,
    )
    hq.desk.run(lambda work: tokens.issue(work, [(terms, member)]))
    return terms.token


def _codes(hq: Hq) -> list[str]:
    table = office_tables.exceptions
    with hq.desk.read() as connection:
        codes = connection.scalars(table.select().with_only_columns(table.c.code).order_by(table.c.exception_id))
        return [code for code in codes if code != "not_repriced"]


def _redeem(till: WireTill, member: UUID, token: UUID) -> None:
    till.append(sale_body(till, 1_000, member_id=member, coupons=[token]))


def test_a_coupon_is_listed_granted_and_redeemed_once(hq: Hq, till_a: WireTill, member: UUID) -> None:
    token = _issue(hq, member)
    listed = member_rows(till_a.changes().rows)[member].coupons
    till_a.push()
    answer = till_a.ask(member)
    till_a.adopt(answer)
    _redeem(till_a, member, token)
    till_a.push()

    assert [(one.terms.token, one.owner_till_id) for one in listed] == [(token, None)]
    assert [(move.token, move.version) for move in answer.tokens] == [(token, 1)]
    assert member_rows(till_a.changes().rows)[member].coupons == ()
    assert _codes(hq) == []


def test_a_coupon_at_one_till_is_not_given_to_another_until_it_comes_back(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID
) -> None:
    token = _issue(hq, member)
    till_a.push()
    till_b.push()
    till_a.adopt(till_a.ask(member))
    refused = till_b.ask(member)
    till_a.append(
        bodies.TokenReleased(
            head=till_a.head(member), tokens=(TokenMove(token=token, kind="coupon", version=2, subject=member),)
        )
    )
    till_a.push()

    assert refused.tokens == ()
    assert refused.members[0].coupons[0].owner_till_id == till_a.till_id
    assert [move.version for move in till_b.ask(member).tokens] == [3]


def test_a_coupon_redeemed_twice_is_named(hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID) -> None:
    token = _issue(hq, member)
    till_a.push()
    till_a.adopt(till_a.ask(member))
    _redeem(till_a, member, token)
    _redeem(till_b, member, token)
    till_a.push()

    assert [verdict.code for verdict in till_b.push().verdicts] == ["coupon_twice"]
    assert _codes(hq) == ["coupon_twice"]


def test_redeeming_what_one_does_not_own_is_named(hq: Hq, till_a: WireTill, member: UUID) -> None:
    token = _issue(hq, member)
    _redeem(till_a, member, token)
    _redeem(till_a, member, hq.desk.ids.new_id())

    assert [verdict.code for verdict in till_a.push().verdicts] == ["coupon_not_owned", "coupon_unknown"]


def test_a_release_of_an_old_version_does_not_count(hq: Hq, till_a: WireTill, member: UUID) -> None:
    token = _issue(hq, member)
    till_a.push()
    till_a.adopt(till_a.ask(member))
    stale = TokenMove(token=token, kind="coupon", version=1, subject=member)
    till_a.append(bodies.TokenReleased(head=till_a.head(member), tokens=(stale,)))

    assert [verdict.code for verdict in till_a.push().verdicts] == ["token_release_refused"]


def test_an_expired_coupon_is_not_granted(hq: Hq, till_a: WireTill, member: UUID) -> None:
    _issue(hq, member, valid_to="2025-12-31")
    till_a.push()

    assert till_a.ask(member).tokens == ()


def test_a_coupon_restored_by_a_refund_is_a_new_one_at_that_till(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID
) -> None:
    token = _issue(hq, member)
    till_a.push()
    till_a.adopt(till_a.ask(member))
    sale = sale_body(till_a, 1_000, member_id=member, coupons=[token])
    till_a.append(sale)
    refund = bodies.Refund(
        head=till_a.head(member),
        receipt_number="2",
        sale_id=sale.head.business_id,
        sale_till_id=till_a.till_id,
        sale_epoch=1,
        sale_seq=3,
        member_id=member,
        lines=(),
        total_fen=0,
        coupons_restored=(token,),
    )
    till_a.append(refund)
    till_a.push()

    (coupon,) = member_rows(till_a.changes().rows)[member].coupons
    assert coupon.terms.token == restored_token(refund.head.business_id, token)
    assert coupon.owner_till_id == till_a.till_id
    assert till_b.push().outcome == "ok"
    assert till_b.ask(member).tokens == ()
