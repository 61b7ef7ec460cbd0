"""What a refund owes to a wallet: given back once, whoever is asked, and known to the books however it ends."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from shared_models.bodies import Refund, Sale, WalletSettled
from shared_models.postings import derive_postings
from shared_models.refusals import Refusal
from shared_models.sync import HistoryEntry, WireEntry
from tests.pos_client.checkout.bakery import MANAGER_PIN, Bakery
from tests.pos_client.checkout.wallet_bakery import WalletBakery


@pytest.fixture
def bakery(tmp_path: Path) -> Iterator[WalletBakery]:
    made = WalletBakery(tmp_path / "ledger")
    made.selling()
    yield made
    made.close()


def refunded(bakery: WalletBakery, sale_id: UUID) -> UUID:
    """The loaf comes back; the number of its repayment."""
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.refund(sale_id, {1: 1000}, approval=word)
    (repayment,) = [one for one in bakery.checkout.wallets.open_payments() if one.is_refund]
    return repayment.payment_id


def test_nothing_is_paid_out_instead_while_the_provider_may_still_give_it_back(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "paid", amount_fen=1680)
    refund_id = refunded(bakery, bakery.checkout.payment.complete().business_id)
    word = bakery.checkout.staff.approve("wallet_settle", "m1", MANAGER_PIN)
    bakery.wire.moving.add(refund_id)
    with pytest.raises(Refusal, match="wallet_under_way"):
        bakery.checkout.wallets.settle_by_hand(refund_id, "cash_instead", approval=word)
    bakery.wire.moving.clear()
    bakery.answer(refund_id, "returned")
    with pytest.raises(Refusal, match="payment_unknown"):
        bakery.checkout.wallets.settle_by_hand(refund_id, "cash_instead", approval=word)
    assert bakery.written(WalletSettled) == []


def test_goods_that_were_never_paid_come_back_and_nothing_is_owed(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "silent")
    word = bakery.checkout.staff.approve("wallet_unknown", "m1", MANAGER_PIN)
    bakery.checkout.wallets.take_as_unknown(payment_id, approval=word)
    sale_id = bakery.checkout.payment.complete().business_id
    bakery.answer(payment_id, "refused")
    refund_id = refunded(bakery, sale_id)
    bakery.answer(refund_id, "not_returned", code="more_than_paid")
    word = bakery.checkout.staff.approve("wallet_settle", "m1", MANAGER_PIN)
    assert bakery.checkout.wallets.settle_by_hand(refund_id, "not_paid", approval=word) == ()

    sums: dict[str, int] = {}
    for body in (*bakery.written(Sale), *bakery.written(Refund), *bakery.written(WalletSettled)):
        for leg in derive_postings(body):
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount
    assert not any(sums.values()), sums
    bakery.checkout.shifts.close({10_000: 2})


def test_what_no_provider_can_be_asked_for_here_is_settled_before_the_shift_closes(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "paid", amount_fen=1680)
    sale_id = bakery.checkout.payment.complete().business_id
    Bakery.open_checkout(bakery)  # as at a till of another store, which has none
    bakery.cashier()
    refund_id = refunded(bakery, sale_id)
    with pytest.raises(Refusal, match="payments_unsettled"):
        bakery.checkout.shifts.close({10_000: 2})
    word = bakery.checkout.staff.approve("wallet_settle", "m1", MANAGER_PIN)
    bakery.checkout.wallets.settle_by_hand(refund_id, "returned", approval=word)
    bakery.checkout.shifts.close({10_000: 2})


def given_back_by_hq(lost: WalletBakery, bakery: WalletBakery) -> None:
    """What one disk had is given to the till on another one, as HQ does after it went back."""
    entries = [entry for entry in lost.ledger.entries() if entry.seq > bakery.ledger.head().seq]
    bakery.ledger.take_lost(
        [
            HistoryEntry(
                epoch=1,
                prev_hash=entry.prev_hash,
                entry=WireEntry(
                    seq=entry.seq, entry_type=entry.entry_type, type_version=1, body=entry.body,
                    entry_hash=entry.entry_hash,
                ),
            )
            for entry in entries
        ]
    )  # fmt: skip
    bakery.ledger.history_taken(1)


@pytest.mark.parametrize("is_settled", [False, True])
def test_what_a_lost_disk_owed_to_a_wallet_is_asked_for_under_the_same_number(
    bakery: WalletBakery, tmp_path: Path, is_settled: bool
) -> None:
    lost = WalletBakery(tmp_path / "lost")
    lost.selling()
    payment_id = lost.bread_by_wechat()
    lost.answer(payment_id, "paid", amount_fen=1680)
    refund_id = refunded(lost, lost.checkout.payment.complete().business_id)
    if is_settled:
        lost.answer(refund_id, "not_returned")
        word = lost.checkout.staff.approve("wallet_settle", "m1", MANAGER_PIN)
        lost.checkout.wallets.settle_by_hand(refund_id, "cash_instead", approval=word)

    given_back_by_hq(lost, bakery)
    bakery.checkout.wallets.resume()
    assert bakery.wire.asked == ([] if is_settled else [("refund", refund_id, 1680)])
    if not is_settled:
        bakery.answer(refund_id, "returned")
        given_back_by_hq(lost, bakery)  # told again, it is nothing new
    assert bakery.states() == []
    lost.close()
