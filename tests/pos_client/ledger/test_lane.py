"""The control lane: a request is on disk before it is sent, and an answer is taken over whole."""

import hashlib
import sqlite3

import msgspec
import pytest

from pos_client.ledger import verify
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.refusals import Refusal
from shared_models.sales import LotAmount
from shared_models.sync import ControlAnswer, Outcome, Target, Verdict
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, POINTS_LOT, Shop


def digest(number: int) -> bytes:
    """Of some body."""
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def ask(shop: Shop) -> int:
    """A request on its way."""
    return shop.ledger.start_request("hello", 0, 0, b"arguments", digest).number


def answer(shop: Shop, number: int, outcome: Outcome = "ok", **fields: object) -> ControlAnswer:
    """HQ's answer, one that has taken everything unless it says otherwise."""
    head = shop.ledger.head()
    said = {"acked_seq": head.seq, "acked_hash": head.entry_hash, "hq_epoch": 1, "hq_time_ms": MORNING_MS} | fields
    return msgspec.convert({"request_number": number, "outcome": outcome, **said}, ControlAnswer)


def test_a_request_is_the_same_after_a_restart(shop: Shop) -> None:
    request = shop.ledger.start_request("entries", 1, 1, b"arguments", digest)
    assert request.number == 1
    assert shop.again().open_request() == request
    with pytest.raises(sqlite3.IntegrityError):
        shop.ledger.start_request("hello", 0, 0, b"", digest)


def test_the_chain_is_the_outbox(shop: Shop) -> None:
    sales = [shop.ledger.append(shop.sale(1_000)) for _ in range(5)]
    waiting = shop.ledger.sync_state()
    assert (waiting.waiting_entries, waiting.waiting_fen, waiting.oldest_waiting_ms) == (6, 5_000, MORNING_MS)
    assert [entry.seq for entry in shop.ledger.entries_after(2, 3, 10**6)] == [3, 4, 5]
    assert [entry.seq for entry in shop.ledger.entries_after(2, 9, len(sales[1].body) + 1)] == [3]
    assert [entry.seq for entry in shop.ledger.entries_after(2, 9, 1)] == [3]
    assert shop.ledger.entries_after(6, 9, 10**6) == []

    number = ask(shop)
    shop.ledger.close_request(number, answer(shop, number, acked_seq=4, acked_hash=sales[2].entry_hash))

    assert shop.ledger.acked() == (4, sales[2].entry_hash)
    assert shop.ledger.sync_state().waiting_fen == 2_000
    assert shop.ledger.open_request() is None
    assert ask(shop) == number + 1


def test_an_acknowledgement_of_another_chain_is_not_believed(shop: Shop) -> None:
    number = ask(shop)
    shop.ledger.close_request(number, answer(shop, number, acked_seq=1, acked_hash=bytes(32)))
    assert shop.ledger.acked()[0] == 0


def test_grants_become_entries_in_the_transaction_that_closes_the_request(shop: Shop) -> None:
    number = ask(shop)
    grant = GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=50)
    move = TokenMove(token=shop.ids.new_id(), kind="coupon", version=1, subject=MEMBER)
    given = answer(shop, number, grant_request=number, grants=(grant,), tokens=(move,))

    shop.ledger.close_request(number, given)

    assert [entry.entry_type for entry in shop.ledger.entries_after(1, 9, 10**6)] == [
        "rights_adopted",
        "token_acquired",
    ]
    assert shop.ledger.last_adopted() == (number, 3)
    assert shop.ledger.rights_of([MEMBER])[MEMBER, POINTS_LOT].available == 50
    assert [token.token for token in shop.ledger.tokens_to_release()] == [move.token]

    shop.ledger.close_request(number, given)  # heard twice
    again = ask(shop)
    shop.ledger.close_request(again, msgspec.structs.replace(given, request_number=again))  # said again by HQ

    assert shop.ledger.head().seq == 3
    assert verify(shop.folder).findings == []


def test_targets_are_kept(shop: Shop) -> None:
    number = ask(shop)
    grant = GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=50)
    target = Target(subject=MEMBER, lot=POINTS_LOT, amount=20)
    shop.ledger.close_request(number, answer(shop, number, grant_request=number, grants=(grant,), targets=(target,)))
    assert shop.ledger.holds_more_than_target() == [LotAmount(MEMBER, POINTS_LOT, 30)]


def test_a_target_of_nothing_ends_it_and_an_expired_lot_goes_back_whatever_its_target(shop: Shop) -> None:
    number = ask(shop)
    expired = "points:2020-01"
    grants = tuple(GrantAdopted(subject=MEMBER, lot=lot, granted_total=50) for lot in (POINTS_LOT, expired))
    targets = tuple(Target(subject=MEMBER, lot=lot, amount=50) for lot in (POINTS_LOT, expired))
    shop.ledger.close_request(number, answer(shop, number, grant_request=number, grants=grants, targets=targets))
    of_expired = shop.ledger.holds_more_than_target()

    number = ask(shop)
    ended = (Target(subject=MEMBER, lot=POINTS_LOT, amount=0),)
    shop.ledger.close_request(number, answer(shop, number, targets=ended))

    assert of_expired == [LotAmount(MEMBER, expired, 50)]
    assert {part.lot for part in shop.ledger.holds_more_than_target()} == {POINTS_LOT, expired}


@pytest.mark.parametrize("outcome", ["stale", "clone", "rollback", "fork"])
def test_a_till_that_went_back_freezes_its_rights_and_sells_on(shop: Shop, outcome: Outcome) -> None:
    number = ask(shop)
    shop.ledger.close_request(number, answer(shop, number, outcome, hq_last_request=70))
    assert shop.ledger.frozen() == outcome
    assert ask(shop) == 71
    shop.ledger.append(shop.sale(member=MEMBER, earned=10))
    with pytest.raises(Refusal, match="rights_frozen"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=1))
    assert shop.ledger.holds_more_than_target() == []
    assert shop.again().frozen() == outcome


def test_verdicts_name_their_entries(shop: Shop) -> None:
    shop.ledger.append(shop.sale())
    number = ask(shop)
    verdicts = (Verdict(seq=2, outcome="exception", code="quote_mismatch"),)
    shop.ledger.close_request(number, answer(shop, number, verdicts=verdicts))
    (row,) = shop.ledger.verdicts()
    assert (row.seq, row.entry_type, row.outcome, row.code) == (2, "sale", "exception", "quote_mismatch")
    assert shop.ledger.sync_state().exceptions == 1


def test_a_dropped_request_leaves_a_gap(shop: Shop) -> None:
    number = ask(shop)
    shop.ledger.drop_request(number)
    assert shop.ledger.open_request() is None
    assert ask(shop) == number + 1


def test_hq_restored_from_a_backup_sets_the_acknowledgement_back(shop: Shop) -> None:
    first = shop.ledger.append(shop.sale())
    shop.ledger.append(shop.sale())
    number = ask(shop)
    shop.ledger.close_request(number, answer(shop, number))
    assert shop.ledger.acked()[0] == 3
    number = ask(shop)
    back = answer(shop, number, "resend_from", acked_seq=2, acked_hash=first.entry_hash, hq_epoch=2)
    shop.ledger.close_request(number, back)
    assert shop.ledger.acked() == (2, first.entry_hash)
    assert shop.ledger.identity is not None
    assert shop.ledger.identity.hq_epoch == 2


def test_a_restored_hq_says_anew_what_should_stay_here(shop: Shop) -> None:
    number = ask(shop)
    grant = GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=50)
    target = Target(subject=MEMBER, lot=POINTS_LOT, amount=50)
    shop.ledger.close_request(number, answer(shop, number, grant_request=number, grants=(grant,), targets=(target,)))
    assert shop.ledger.holds_more_than_target() == []
    number = ask(shop)
    shop.ledger.close_request(number, answer(shop, number, hq_epoch=2))
    assert [part.amount for part in shop.ledger.holds_more_than_target()] == [50]
