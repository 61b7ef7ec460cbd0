"""Tokens: spent once, moved by entries, and restored under a new name that both sides derive alike."""

from uuid import UUID

from shared_models import bodies
from shared_models.bodies import TokenMove
from shared_models.entries import Head
from shared_models.tokens import NO_EFFECTS, restored_token, token_effects
from tests.shared_models.baskets import MEMBER, a_coupon, a_line, a_sale, rules_with, some_inputs

HEAD = Head(business_id=UUID(int=3), business_date="2026-03-02")
MOVE = TokenMove(token=UUID(int=50), kind="coupon", version=2, subject=MEMBER)


def test_a_sale_spends_the_coupons_it_redeemed() -> None:
    rules = rules_with()
    coupon = a_coupon()
    with_coupon = a_sale(rules, [a_line()], some_inputs(rules, coupons=(coupon,)))
    assert token_effects(with_coupon).spent == (coupon.token,)
    assert token_effects(a_sale(rules, [a_line()], some_inputs(rules))) == NO_EFFECTS


def test_tokens_come_and_go_by_entries_of_their_own() -> None:
    assert token_effects(bodies.TokenAcquired(head=HEAD, request_number=1, tokens=(MOVE,))).acquired == (MOVE,)
    assert token_effects(bodies.TokenReleased(head=HEAD, tokens=(MOVE,))).released == (MOVE,)
    assert token_effects(bodies.DrawerOpened(head=HEAD, reason="x")) == NO_EFFECTS


def test_a_restored_coupon_is_a_new_token_of_the_member_at_the_refunding_till() -> None:
    old = UUID(int=50)
    refund = bodies.Refund(
        head=HEAD,
        receipt_number="1",
        sale_id=UUID(int=9),
        sale_till_id=UUID(int=2),
        sale_epoch=1,
        sale_seq=1,
        member_id=MEMBER,
        lines=(),
        total_fen=0,
        coupons_restored=(old,),
    )
    (made,) = token_effects(refund).created
    assert made == TokenMove(token=restored_token(HEAD.business_id, old), kind="coupon", version=0, subject=MEMBER)
    assert made.token not in {old, restored_token(UUID(int=4), old)}
    # the same at every till and at HQ, for ever
    assert str(restored_token(UUID(int=3), old)) == "326cd771-4159-58cf-a49c-0a28d8f8aca3", (
        "the same at every till and at HQ, for ever"
    )
