"""A new epoch begins with nothing: no rights, no tokens, no targets; and with everything the till ever wrote."""

import pytest

from pos_client.ledger import verify
from shared_models.refusals import Refusal
from shared_models.sales import Approval
from shared_models.sync import ControlAnswer, Verdict
from tests.pos_client.ledger.shop import MEMBER, Shop
from tests.pos_client.ledger.test_rights import COUPON, acquired, granted

YES = (Approval(approval_id="a", action="new_epoch", approver_id="9"),)


def answered(shop: Shop, outcome: str, **fields: object) -> None:
    """HQ's answer to a request of this till."""
    number = shop.ledger.start_request("hello", 0, 0, b"", lambda number: number.to_bytes(32, "big")).number
    shop.ledger.close_request(number, ControlAnswer(request_number=number, outcome=outcome, **fields))  # type: ignore[arg-type]  # fields by name


def epoch_opened(shop: Shop, epoch: int = 2) -> None:
    """HQ opened the next one after all that this till has."""
    head = shop.ledger.head()
    answered(shop, "ok", acked_seq=head.seq, acked_hash=head.entry_hash)
    answered(shop, "ok", opened_epoch=epoch, acked_hash=shop.ledger.head().entry_hash)


def test_what_the_epoch_before_held_cannot_be_spent_in_the_next(shop: Shop) -> None:
    granted(shop, 500)
    acquired(shop)
    shop.ledger.append(shop.sale(member=MEMBER, points_spent=10))
    shop.ledger.freeze("rollback")
    shop.ledger.allow_new_epoch(YES)

    epoch_opened(shop)

    assert (shop.ledger.frozen(), shop.ledger.new_epoch_approvals(), shop.ledger.owed()) == (None, (), None)
    assert shop.ledger.tokens_of(MEMBER) == []
    with pytest.raises(Refusal, match="rights_short"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))
    with pytest.raises(Refusal, match="token_not_here"):
        shop.ledger.append(shop.sale(member=MEMBER, coupons=[COUPON]))
    opening = shop.ledger.entry_at(1)
    assert opening is not None
    body = shop.ledger.body_of(opening)
    assert (body.epoch, body.previous_epoch, body.reason, body.approvals) == (2, 1, "rollback", YES)  # type: ignore[union-attr]  # epoch_opened
    granted(shop, 70, number=9)
    shop.ledger.append(shop.sale(member=MEMBER, points_spent=70))
    assert verify(shop.folder).findings == []
    assert shop.again().head().epoch == 2


def test_the_managers_yes_is_for_frozen_tills_and_outlives_the_program(shop: Shop) -> None:
    with pytest.raises(Refusal, match="nothing_to_heal"):
        shop.ledger.allow_new_epoch(YES)
    shop.ledger.freeze("anchor_ahead")
    shop.ledger.allow_new_epoch(YES)
    again = shop.again()
    assert (again.new_epoch_approvals(), again.frozen()) == (YES, "anchor_ahead")
    again.freeze("clone")
    assert again.frozen() == "anchor_ahead", "the first reason stays"
    again.freeze("epoch_closed")
    with pytest.raises(Refusal, match="enrol_again"):
        again.allow_new_epoch(YES)


def test_the_till_itself_sees_a_fork_that_hq_takes_for_a_lost_answer(shop: Shop) -> None:
    shop.ledger.append(shop.sale())
    shop.ledger.append(shop.sale())
    answered(shop, "resend_from", acked_seq=2, acked_hash=bytes(31) + b"x")
    assert shop.ledger.frozen() == "fork"


def test_a_lost_answer_is_no_fork_and_hq_that_is_ahead_is_a_rollback(shop: Shop) -> None:
    shop.ledger.append(shop.sale())
    entry = shop.ledger.entry_at(2)
    assert entry is not None
    answered(shop, "resend_from", acked_seq=2, acked_hash=entry.entry_hash)
    assert (shop.ledger.frozen(), shop.ledger.acked()[0]) == (None, 2)
    answered(shop, "resend_from", acked_seq=7, acked_hash=bytes(32))
    assert shop.ledger.frozen() == "rollback"


def test_a_common_entry_that_is_not_ours_is_not_believed(shop: Shop) -> None:
    shop.ledger.append(shop.sale())
    before = shop.ledger.acked()
    answered(shop, "fork", common_seq=2, common_hash=bytes(32))
    assert (shop.ledger.acked(), shop.ledger.frozen()) == (before, "fork")


def test_verdicts_of_an_earlier_epoch_are_written_beside_its_entries(shop: Shop) -> None:
    shop.ledger.append(shop.sale())
    shop.ledger.freeze("stale")
    answered(shop, "ok", opened_epoch=2, acked_hash=shop.ledger.head().entry_hash)
    owed = shop.ledger.owed()
    assert owed is not None
    assert (owed.epoch, owed.last_seq) == (1, 2)
    last = shop.ledger.entry_at(2, 1)
    assert last is not None
    verdicts = (Verdict(seq=2, outcome="exception", code="quote_mismatch"),)
    answered(shop, "ok", common_epoch=1, common_seq=2, common_hash=last.entry_hash, verdicts=verdicts)
    assert shop.ledger.owed() is None
    assert [(row.epoch, row.seq) for row in shop.ledger.verdicts()] == [(1, 2)]


def test_the_ladder_goes_from_the_head_down_to_what_the_epoch_began_with(shop: Shop) -> None:
    for _ in range(9):
        shop.ledger.append(shop.sale())
    ladder = shop.ledger.ladder()
    assert [rung.seq for rung in ladder] == [10, 9, 8, 6, 2, 0]
    assert ladder[-1].entry_hash == bytes(32)
