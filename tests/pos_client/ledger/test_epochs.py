"""A new epoch begins with nothing: no rights, no tokens, no targets; and with everything the till ever wrote."""

import pytest

from pos_client.ledger import verify
from shared_models.bodies import GrantAdopted
from shared_models.refusals import Refusal
from shared_models.sales import Approval
from shared_models.sync import ControlAnswer, Verdict
from tests.pos_client.ledger.shop import MEMBER, POINTS_LOT, Shop
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


def test_the_first_reason_comes_back_when_an_unsigned_revocation_has_passed(shop: Shop) -> None:
    """Anybody on a bad line can say `till_revoked`; whoever could take the reason away by it could thaw a copy."""
    shop.ledger.append(shop.sale())
    answered(shop, "fork", common_seq=1, common_hash=bytes(32))
    shop.ledger.freeze("till_revoked")
    assert shop.ledger.frozen() == "till_revoked"
    again = shop.again()

    answered(shop, "ok")

    assert again.frozen() == "fork"
    assert shop.again().frozen() == "fork"


def test_what_is_found_while_a_revocation_is_passing_is_not_forgotten_either(shop: Shop) -> None:
    shop.ledger.freeze("till_revoked")
    shop.ledger.freeze("anchor_ahead")
    shop.ledger.freeze("till_revoked")
    assert shop.ledger.frozen() == "till_revoked"

    answered(shop, "ok")

    assert shop.ledger.frozen() == "anchor_ahead"


def test_a_revocation_that_hq_signs_stays_and_a_passed_one_leaves_nothing(shop: Shop) -> None:
    shop.ledger.freeze("till_revoked")
    answered(shop, "kept")
    assert shop.ledger.frozen() == "till_revoked"
    answered(shop, "ok")
    assert shop.ledger.frozen() is None


def test_hq_s_own_word_is_kept_with_what_it_acknowledged_and_is_shown_again(shop: Shop) -> None:
    shop.ledger.append(shop.sale())
    head = shop.ledger.head()
    said = {"hq_epoch": 1, "acked_epoch": 1, "acked_seq": head.seq, "acked_hash": head.entry_hash}
    answered(shop, "ok", **said, hq_time_ms=7, hq_signature=b"hq")
    word = shop.again().proof()
    assert word is not None
    assert word.names(1, head.seq, head.entry_hash)
    assert (word.hq_epoch, word.hq_time_ms, word.signature) == (1, 7, b"hq")

    answered(shop, "ok", **{**said, "acked_hash": bytes(31) + b"x"}, hq_signature=b"of another chain")
    assert shop.ledger.proof() == word, "what is not believed is not kept either"
    answered(shop, "kept", common_seq=head.seq, common_hash=head.entry_hash, hq_signature=b"aside")
    assert shop.ledger.proof() == word, "kept aside is not acknowledged"


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_grant_for_another_epoch_is_not_taken_over(shop: Shop, epoch: int) -> None:
    """HQ lent it to a holder that is no more, or not yet: spent here it would be nobody's."""
    epoch_opened(shop)
    grant = GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=50)
    number = shop.ledger.start_request("hello", 0, 0, b"", lambda number: number.to_bytes(32, "big")).number
    said = {"request_number": number, "outcome": "ok", "grant_request": number, "grants": (grant,)}

    shop.ledger.close_request(number, ControlAnswer(acked_epoch=epoch, **said))  # type: ignore[arg-type]  # fields by name

    assert shop.ledger.rights_of([MEMBER]) == {}
    assert shop.ledger.last_adopted() == (0, 0), "so HQ says it again"
    answered(shop, "ok", acked_epoch=2, grant_request=number, grants=(grant,))
    assert shop.ledger.rights_of([MEMBER])[MEMBER, POINTS_LOT].available == 50


def test_an_answer_to_another_request_gives_nothing(shop: Shop) -> None:
    """An old answer, replayed: its number is closed."""
    grant = GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=50)
    answered(shop, "ok")

    shop.ledger.close_request(1, ControlAnswer(request_number=1, outcome="ok", grant_request=1, grants=(grant,)))

    assert shop.ledger.rights_of([MEMBER]) == {}
