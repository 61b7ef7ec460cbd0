"""A member's figure is HQ's row and our own newer entries, and tells what can be used here."""

from uuid import UUID

import msgspec

from shared_models import bodies
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.members import Hole, LotBalance, MemberCoupon
from shared_models.moments import DAY_MS
from shared_models.rights import bonus_lot, principal_lot
from shared_models.sales import CouponTerms, LotAmount
from tests.pos_client.ledger.feed_rows import member, member_row, page
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, OTHER_MEMBER, POINTS_LOT, TILL_ID, Shop

COUPON = UUID("019371c0-0000-7000-8000-0000000000c1")


def told(shop: Shop, points: int, *, seq: int | None = None, holes: tuple[Hole, ...] = (), version: int = 1) -> None:
    """HQ says how many points the member has, with our entries up to `seq`."""
    row = member(lots=(LotBalance(POINTS_LOT, points),), seq=seq, holes=holes)
    shop.ledger.apply_changes(page(member_row(row, version)))


def points(shop: Shop) -> int:
    """The balance as shown."""
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is not None
    return figure.points


def test_own_entries_count_until_the_row_includes_them(shop: Shop) -> None:
    told(shop, 100)
    first = shop.ledger.append(shop.sale(member=MEMBER, earned=10))
    second = shop.ledger.append(shop.sale(member=MEMBER, earned=5))
    assert points(shop) == 115
    told(shop, 110, seq=first.seq, version=2)
    assert points(shop) == 115
    told(shop, 115, seq=second.seq, version=3)
    assert points(shop) == 115
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is not None
    assert (figure.own_entries, figure.confirmed_at_ms) == (0, MORNING_MS)


def test_a_parked_entry_is_a_hole_that_the_till_fills_itself(shop: Shop) -> None:
    parked = shop.ledger.append(shop.sale(member=MEMBER, earned=10))
    last = shop.ledger.append(shop.sale(member=MEMBER, earned=5))
    told(shop, 105, seq=last.seq, holes=(Hole(TILL_ID, 1, parked.seq, parked.entry_hash),))
    assert points(shop) == 115
    told(shop, 105, seq=last.seq, holes=(Hole(TILL_ID, 1, parked.seq),), version=2)
    assert points(shop) == 115, "an HQ of before says no hash"


def test_what_another_branch_had_parked_at_that_place_is_no_hole_of_ours(shop: Shop) -> None:
    counted = shop.ledger.append(shop.sale(member=MEMBER, earned=10))
    told(shop, 110, seq=counted.seq, holes=(Hole(TILL_ID, 1, counted.seq, b"of the branch our disk lost"),))
    assert points(shop) == 110


def test_what_can_be_used_here_is_what_is_held_here(shop: Shop) -> None:
    told(shop, 100)
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is not None
    assert (figure.points, figure.points_here) == (100, 0)
    grant = GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=80)
    shop.ledger.append(bodies.RightsAdopted(head=shop.head(MEMBER), request_number=1, grants=(grant,)))
    shop.ledger.append(shop.sale(member=MEMBER, points_spent=30))

    figure = shop.ledger.member_figure(MEMBER)

    assert figure is not None
    assert (figure.points, figure.points_here) == (70, 50)
    shop.clock.advance(16 * DAY_MS)
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is not None
    assert (figure.points, figure.points_here) == (70, 0)


def test_points_that_expired_cannot_be_used(shop: Shop) -> None:
    shop.ledger.append(shop.sale(member=MEMBER, earned=10))
    told(shop, 0)
    here = [shop.ledger.member_figure(MEMBER, day) for day in ("2027-11-30", "2027-12-01")]
    assert [figure.points_here for figure in here if figure] == [10, 0]


def test_a_united_person_has_several_purses(shop: Shop) -> None:
    canonical = member(OTHER_MEMBER, lots=(LotBalance(POINTS_LOT, 200),), phone_hash="cd" * 32, cards=())
    alias = member(MEMBER, canonical_id=OTHER_MEMBER, lots=(LotBalance(POINTS_LOT, 7),), seq=1)
    shop.ledger.apply_changes(page(member_row(canonical), member_row(alias)))
    shop.ledger.append(shop.sale(member=MEMBER, earned=3))

    figures = [shop.ledger.member_figure(each) for each in (MEMBER, OTHER_MEMBER)]

    for figure in figures:
        assert figure is not None
        assert (figure.points, figure.points_here, figure.own_entries) == (210, 3, 1)
        assert figure.canonical == canonical
        assert set(figure.purses) == {MEMBER, OTHER_MEMBER}
    assert shop.ledger.ids_of_person(MEMBER) == (OTHER_MEMBER, MEMBER)


def test_stored_value_is_told_by_lot(shop: Shop) -> None:
    told(shop, 0)
    top_up = shop.top_up(principal_fen=10_000, bonus_fen=800)
    shop.ledger.append(top_up)
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is not None
    assert (figure.principal_fen, figure.bonus_fen, figure.principal_here_fen, figure.bonus_here_fen) == (
        10_000, 800, 10_000, 800
    )  # fmt: skip
    assert {each.lot for each in figure.lots} == {
        principal_lot(top_up.head.business_id), bonus_lot(top_up.head.business_id)
    }  # fmt: skip
    assert figure.own_fen == 10_800
    spent = LotAmount(MEMBER, principal_lot(top_up.head.business_id), 3_000)
    shop.ledger.append(shop.sale(3_000, member=MEMBER, stored_value=[spent]))
    figure = shop.ledger.member_figure(MEMBER)
    assert figure is not None
    assert figure.own_fen == 7_800, "what was spent here makes it less"


def test_a_coupon_can_be_used_where_its_token_is(shop: Shop) -> None:
    terms = CouponTerms(token=COUPON, template_id="t", name="5 off", kind="amount_off", amount_fen=500)
    row = msgspec.structs.replace(member(), coupons=(MemberCoupon(terms=terms),))
    shop.ledger.apply_changes(page(member_row(row)))
    usable = [shop.ledger.member_figure(MEMBER)]
    move = TokenMove(token=COUPON, kind="coupon", version=1, subject=MEMBER)
    shop.ledger.append(bodies.TokenAcquired(head=shop.head(MEMBER), request_number=1, tokens=(move,)))
    usable.append(shop.ledger.member_figure(MEMBER))
    shop.ledger.append(shop.sale(member=MEMBER, coupons=[COUPON]))
    usable.append(shop.ledger.member_figure(MEMBER))
    assert [[each.usable_now for each in figure.coupons] for figure in usable if figure] == [[False], [True], []]


def test_nobody_is_nobody(shop: Shop) -> None:
    assert shop.ledger.member_figure(MEMBER) is None
