"""A till enrolled again on an empty disk: the receipts it printed before open through HQ."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from hq_sync_server.office.healing import enrolment
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD
from tests.pos_client.checkout.chain_of_two import open_chain, till_at


def test_a_receipt_of_the_disk_that_is_gone_is_asked_for_and_refunded(tmp_path: Path) -> None:
    with open_chain(tmp_path, 6) as chain, ExitStack() as open_things:
        old = chain.tills[0]
        old.open_shift(100_000)
        old.checkout.basket.scan(BREAD)
        old.checkout.payment.pay_cash()
        sale = old.checkout.payment.complete()
        old.sync()
        identity = old.ledger.identity
        assert identity is not None
        code = chain.hq.desk.run(
            lambda work: enrolment.new_code(work, identity.till_id, "boss", disk_gone=True)
        )  # fmt: skip
        fresh = till_at(open_things, chain.hq, chain.clock, tmp_path / "another-disk", 1, 9, code.code)
        fresh.sync()
        fresh.open_shift(100_000)

        with pytest.raises(Refusal) as asked:
            fresh.checkout.refunds.find(sale.receipt_number)
        for _ in range(3):
            fresh.sync()
        view = fresh.checkout.refunds.find(sale.receipt_number)
        done = fresh.checkout.refunds.refund(view.sale_id, {1: 1_000})
        fresh.sync()

        assert asked.value.code == "refund_asked_for_at_hq"
        assert done.total_fen == sale.total_fen
        chain.tills[0] = fresh
        assert chain.faults() == []
        assert chain.exceptions() == []
        fresh.cut()
        with pytest.raises(Refusal, match="receipt_of_lost_disk"):
            fresh.checkout.refunds.find("011-999")
