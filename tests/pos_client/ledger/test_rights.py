"""A till spends only what it holds, checked in the sale's own transaction."""

from uuid import UUID

import msgspec
import pytest

from pos_client.ledger import verify
from shared_models import bodies
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.moments import DAY_MS
from shared_models.refusals import Refusal
from shared_models.rights import bonus_lot, principal_lot, risk_lot
from shared_models.sales import LotAmount, Tender
from shared_models.tokens import restored_token
from tests.pos_client.ledger.shop import MEMBER, OTHER_MEMBER, POINTS_LOT, Shop

COUPON = UUID("019371c0-0000-7000-8000-0000000000c1")


def granted(shop: Shop, amount: int, lot: str = POINTS_LOT, number: int = 1) -> None:
    """HQ granted that much in all of one lot."""
    grant = GrantAdopted(subject=MEMBER, lot=lot, granted_total=amount)
    shop.ledger.append(bodies.RightsAdopted(head=shop.head(MEMBER), request_number=number, grants=(grant,)))


def acquired(shop: Shop, token: UUID = COUPON, version: int = 1) -> None:
    """A coupon was taken over from HQ."""
    move = TokenMove(token=token, kind="coupon", version=version, subject=MEMBER)
    shop.ledger.append(bodies.TokenAcquired(head=shop.head(MEMBER), request_number=1, tokens=(move,)))


def available(shop: Shop, lot: str = POINTS_LOT) -> int:
    """A of the member's lot."""
    counters = shop.ledger.rights_of([MEMBER]).get((MEMBER, lot))
    return counters.available if counters else 0


def test_points_are_spent_up_to_what_is_held_and_not_one_more(shop: Shop) -> None:
    granted(shop, 100)
    shop.ledger.append(shop.sale(member=MEMBER, points_spent=60))
    with pytest.raises(Refusal, match="rights_short") as short:
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=41))
    assert short.value.fields == {"subject": MEMBER.hex, "lot": POINTS_LOT, "wanted": 41, "available": 40}
    assert shop.ledger.head().seq == 3
    shop.ledger.append(shop.sale(member=MEMBER, points_spent=40))
    assert available(shop) == 0


def test_a_grant_is_absolute_and_an_old_one_changes_nothing(shop: Shop) -> None:
    granted(shop, 100)
    granted(shop, 100, number=2)
    granted(shop, 30, number=3)
    assert available(shop) == 100


def test_what_is_topped_up_here_can_be_spent_here_at_once(shop: Shop) -> None:
    top_up = shop.top_up(principal_fen=10_000, bonus_fen=800)
    shop.ledger.append(top_up)
    lots = [
        LotAmount(MEMBER, bonus_lot(top_up.head.business_id), 800),
        LotAmount(MEMBER, principal_lot(top_up.head.business_id), 1_200),
    ]
    shop.ledger.append(shop.sale(2_000, member=MEMBER, stored_value=lots))
    assert available(shop, principal_lot(top_up.head.business_id)) == 8_800
    assert verify(shop.folder).findings == []


def test_an_expired_lot_is_not_spent(shop: Shop) -> None:
    granted(shop, 100, "points:2026-10")
    sale = shop.sale(member=MEMBER)
    spent = (LotAmount(MEMBER, "points:2026-10", 10),)
    with pytest.raises(Refusal, match="lot_expired"):
        shop.ledger.append(bodies.PointsExchange(
            head=sale.head, receipt_number="x", member_id=MEMBER, item_id="mug", item_name="Mug", points_spent=spent,
        ))  # fmt: skip


def test_after_the_lease_rights_rest_but_cash_goes_on(shop: Shop) -> None:
    granted(shop, 100)
    shop.clock.advance(15 * DAY_MS + 1)
    with pytest.raises(Refusal, match="lease_over"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))
    shop.ledger.append(shop.sale(member=MEMBER, earned=5))
    assert shop.ledger.sync_state().lease_over

    shop.ledger.note_contact(shop.clock.now_ms(), 0)

    shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))


def test_setting_the_clock_back_does_not_lengthen_the_lease(shop: Shop) -> None:
    granted(shop, 100)
    shop.clock.advance(16 * DAY_MS)
    shop.clock.set_wall(shop.clock.now_ms() - 10 * DAY_MS)
    with pytest.raises(Refusal, match="lease_over"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))


def test_a_manager_who_sets_the_clock_back_does_not_lengthen_the_lease(shop: Shop) -> None:
    granted(shop, 100)
    shop.clock.set_wall(shop.clock.now_ms() + 16 * DAY_MS)
    shop.ledger.append(shop.sale())
    shop.clock.set_wall(shop.clock.now_ms() - 16 * DAY_MS)
    shop.ledger.set_clock(cashier_id="m1", approvals=())
    shop.again()
    with pytest.raises(Refusal, match="lease_over"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))


def test_a_coupon_is_redeemed_once_and_only_where_it_is_owned(shop: Shop) -> None:
    with pytest.raises(Refusal, match="token_not_here"):
        shop.ledger.append(shop.sale(coupons=[COUPON]))
    acquired(shop)
    assert [token.token for token in shop.ledger.tokens_of(MEMBER)] == [COUPON]
    shop.ledger.append(shop.sale(member=MEMBER, coupons=[COUPON]))
    assert shop.ledger.tokens_of(MEMBER) == []
    with pytest.raises(Refusal, match="token_not_here"):
        shop.ledger.append(shop.sale(member=MEMBER, coupons=[COUPON]))
    acquired(shop, version=5)
    assert shop.ledger.tokens_of(MEMBER) == []  # spent is for ever


def test_a_released_coupon_may_come_back(shop: Shop) -> None:
    acquired(shop)
    move = TokenMove(token=COUPON, kind="coupon", version=2, subject=MEMBER)
    shop.ledger.append(bodies.TokenReleased(head=shop.head(MEMBER), tokens=(move,)))
    assert shop.ledger.owned_token(COUPON) is None
    acquired(shop, version=3)
    assert shop.ledger.owned_token(COUPON) is not None
    assert verify(shop.folder).findings == []


def test_a_coupon_restored_by_a_refund_is_a_new_token_of_this_till(shop: Shop) -> None:
    acquired(shop)
    sale = shop.sale(member=MEMBER, coupons=[COUPON])
    seq = shop.ledger.append(sale).seq
    refund = shop.refund(sale, seq)
    refund = bodies.Refund(
        head=refund.head, receipt_number=refund.receipt_number, sale_id=refund.sale_id,
        sale_till_id=refund.sale_till_id, sale_epoch=1, sale_seq=seq, member_id=MEMBER, lines=refund.lines,
        total_fen=refund.total_fen, tenders=refund.tenders, coupons_restored=(COUPON,),
    )  # fmt: skip
    shop.ledger.append(refund)
    assert [token.token for token in shop.ledger.tokens_of(MEMBER)] == [restored_token(refund.head.business_id, COUPON)]


def test_what_is_above_target_goes_back_unless_a_basket_holds_the_member(shop: Shop) -> None:
    granted(shop, 100)
    assert shop.ledger.holds_more_than_target() == [LotAmount(MEMBER, POINTS_LOT, 100)]
    basket = shop.ids.new_id()
    shop.ledger.save_basket(basket, "open", b"", MEMBER)
    assert shop.ledger.holds_more_than_target() == []

    shop.ledger.save_basket(basket, "held", b"", MEMBER)
    shop.clock.advance(10 * 60_000 + 1)
    surplus = shop.ledger.holds_more_than_target()
    shop.ledger.append(bodies.RightsReleased(head=shop.head(MEMBER), released=tuple(surplus)))

    assert available(shop) == 0
    assert shop.ledger.holds_more_than_target() == []
    assert shop.ledger.rights_of([OTHER_MEMBER]) == {}


def test_what_went_back_to_hq_cannot_be_withdrawn_or_cancelled_here(shop: Shop) -> None:
    top_up = shop.top_up(principal_fen=10_000, bonus_fen=0)
    shop.ledger.append(top_up)
    surplus = shop.ledger.holds_more_than_target()
    shop.ledger.append(bodies.RightsReleased(head=shop.head(MEMBER), released=tuple(surplus)))
    paid = (Tender(kind="cash", amount_fen=10_000),)
    cancelled = bodies.TopUpCancelled(
        head=shop.head(MEMBER), receipt_number="1", member_id=MEMBER, top_up_id=top_up.head.business_id,
        principal_fen=10_000, tenders=paid,
    )  # fmt: skip
    with pytest.raises(Refusal, match="rights_short"):
        shop.ledger.append(cancelled)


def test_a_refund_to_stored_value_needs_no_right_here(shop: Shop) -> None:
    lot = principal_lot(shop.ids.new_id())
    granted(shop, 1_000, lot)
    sale = shop.sale(1_000, member=MEMBER, stored_value=[LotAmount(MEMBER, lot, 1_000)])
    seq = shop.ledger.append(sale).seq
    back = Tender(kind="stored_value", amount_fen=1_000, lots=(LotAmount(MEMBER, lot, 1_000),))
    shop.ledger.append(msgspec.structs.replace(shop.refund(sale, seq), member_id=MEMBER, tenders=(back,)))
    assert available(shop, lot) == 1_000
    assert [each.sale_id for each in _refunds(shop, sale.head.business_id)] == [sale.head.business_id]
    assert verify(shop.folder).findings == []


def _refunds(shop: Shop, sale_id: UUID) -> list[bodies.Refund]:
    found = [shop.ledger.body_of(entry) for entry in shop.ledger.refunds_of(sale_id)]
    return [body for body in found if isinstance(body, bodies.Refund)]


def test_money_lent_with_approval_is_a_lot_of_its_own(shop: Shop) -> None:
    head = shop.head(MEMBER)
    lent = LotAmount(MEMBER, risk_lot(head.business_id), 700)
    sale = shop.sale(1_000, member=MEMBER, stored_value=[lent], head=head)
    with pytest.raises(Refusal, match="rights_short"):
        shop.ledger.append(sale)
    shop.ledger.append(msgspec.structs.replace(sale, risk_taken=(lent,)))
    counters = shop.ledger.rights_of([MEMBER])[MEMBER, lent.lot]
    assert (counters.risk, counters.spent, counters.available) == (700, 700, 0)


def test_a_released_refund_right_is_not_here_any_more(shop: Shop) -> None:
    sale = shop.sale(1_000)
    seq = shop.ledger.append(sale).seq
    shop.ledger.append(bodies.TokenReleased(head=shop.head(), refund_rights_through_seq=seq))
    with pytest.raises(Refusal, match="token_not_here"):
        shop.ledger.append(shop.refund(sale, seq))
    later = shop.sale(1_000)
    shop.ledger.append(shop.refund(later, shop.ledger.append(later).seq))


def test_a_sale_nobody_knows_and_a_sale_of_another_till_are_not_refunded(shop: Shop) -> None:
    never = shop.sale(1_000)
    with pytest.raises(Refusal, match="sale_unknown"):
        shop.ledger.append(shop.refund(never, 9))
    elsewhere = msgspec.structs.replace(shop.refund(never, 9), sale_till_id=OTHER_MEMBER)
    with pytest.raises(Refusal, match="token_not_here"):
        shop.ledger.append(elsewhere)
