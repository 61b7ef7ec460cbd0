"""Refunds at a till whose rights are frozen: what a copy of it might pay too is not paid, the rest goes on."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from hq_sync_server.office.healing import healing
from pos_client.checkout.views import DoneView
from pos_client.ledger import Ledger
from pos_client.ledger.copies import restore
from shared_models.ids import IdSource
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CROISSANT
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One store with two tills, both open."""
    with open_chain(tmp_path, 6) as opened:
        for till in opened.tills:
            till.open_shift(100_000)
            till.sync()
        yield opened


def sold(till: Till, code: str = BREAD, *, delivered: bool = True) -> DoneView:
    """A cash sale that HQ has, or has not, heard of."""
    till.checkout.basket.scan(code)
    till.checkout.payment.pay_cash()
    done = till.checkout.payment.complete()
    if delivered:
        till.sync()
    return done


def one_piece_of(till: Till, sale: DoneView) -> DoneView:
    return till.checkout.refunds.refund(sale.business_id, {1: 1000})


@pytest.mark.parametrize("reason", ["clone", "fork", "anchor_ahead", "restored_copy", "epoch_closed", "till_revoked"])
def test_what_was_sold_before_it_froze_is_not_refunded_by_a_till_that_may_be_a_copy(chain: Chain, reason: str) -> None:
    till, _other = chain.tills
    before = sold(till)
    till.ledger.freeze(reason)

    for attempt in (
        lambda: till.checkout.refunds.find(before.receipt_number),
        lambda: one_piece_of(till, before),
        lambda: till.checkout.refunds.void_last(),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        shut_out = reason in ("epoch_closed", "till_revoked")  # no manager of the store could put it right
        assert refused.value.code == ("refund_shut_out" if shut_out else "refund_frozen")
        assert refused.value.fields["reason"] == reason
        assert refused.value.fields["receipt_number"] == before.receipt_number
    assert till.ledger.entries(("refund",)) == []


def test_what_it_sold_since_it_froze_no_copy_has_and_it_comes_back_as_ever(chain: Chain) -> None:
    till, _other = chain.tills
    sold(till)
    till.ledger.freeze("fork")
    since = sold(till, CROISSANT)

    assert one_piece_of(till, since).total_fen == since.total_fen


@pytest.mark.parametrize("reason", ["epoch_closed", "till_revoked"])
def test_a_till_that_another_one_may_have_replaced_refunds_nothing(chain: Chain, reason: str) -> None:
    """HQ has taken all rights of a closed epoch home, and may have given them to somebody else."""
    till, _other = chain.tills
    till.ledger.freeze(reason)
    since = sold(till, delivered=False)

    with pytest.raises(Refusal, match="refund_shut_out"):
        one_piece_of(till, since)


def test_a_copy_of_a_frozen_till_refunds_nothing_of_before_the_copy(chain: Chain, tmp_path: Path) -> None:
    till, _other = chain.tills
    till.ledger.freeze("fork")
    since = sold(till)
    copy = tmp_path / "copy.db"
    till.ledger.backup(copy)
    restore(copy, tmp_path / "elsewhere")

    with Ledger.open(tmp_path / "elsewhere", chain.clock, IdSource(chain.clock, random.Random(1))) as elsewhere:
        there = elsewhere.refundable(since.business_id)

    here = till.ledger.refundable(since.business_id)
    assert here is not None
    assert there is not None
    assert (here.here, there.here, there.doubted) == (True, False, "fork")


def test_a_receipt_of_another_till_is_sent_there_by_name_and_not_asked_for(chain: Chain) -> None:
    till, other = chain.tills
    there = sold(other)
    till.ledger.freeze("clone")

    with pytest.raises(Refusal) as refused:
        till.checkout.refunds.find(there.receipt_number)

    assert (refused.value.code, refused.value.fields["till_number"]) == ("receipt_of_other_till", 2)
    assert one_piece_of(other, there).total_fen == there.total_fen


def test_once_it_is_healed_the_right_comes_from_hq_and_goes_once(chain: Chain) -> None:
    till, other = chain.tills
    before = sold(till)
    till.ledger.freeze("anchor_ahead")
    till.engine.push_soon()
    till.sync()
    identity = till.ledger.identity
    assert identity is not None
    chain.hq.desk.run(lambda work: healing.open_epoch(work, identity.till_id, "ines"))
    for _ in range(3):
        till.engine.push_soon()
        till.sync()
    assert till.ledger.frozen() is None

    assert till.checkout.refunds.find(before.receipt_number).lines[0].left_milli == 1000
    till.sync()
    assert one_piece_of(till, before).total_fen == before.total_fen
    till.sync()
    with pytest.raises(Refusal):
        other.checkout.refunds.find(before.receipt_number)
    chain.heal()
    assert [code for code in chain.exceptions() if code.startswith("refund")] == []
