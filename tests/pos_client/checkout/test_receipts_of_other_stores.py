"""Receipt numbers are a store's own: the code on the paper says of which store, so that another shop's receipt never
opens a sale of this one, and its sale can be refunded here while the line is up."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pos_client.devices.receipt_document import Barcode
from shared_models.bodies import Refund, TicketOpened
from shared_models.codes import parse_scan, receipt_code, store_mark
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CROISSANT
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain, second_store, sync, till_at


@pytest.fixture
def two_stores(tmp_path: Path) -> Iterator[tuple[Chain, Till, Till]]:
    """Till 1 of each of two stores; both have sold, and their first receipts have one and the same number."""
    with ExitStack() as stack:
        chain = stack.enter_context(open_chain(tmp_path, 8))
        there = till_at(stack, chain.hq, chain.clock, tmp_path / "there", 1, 99, chain.hq.desk.run(second_store))
        here = chain.tills[0]
        for till, code in ((here, BREAD), (there, CROISSANT)):
            till.sync()
            till.open_shift(100_000)
            till.checkout.basket.scan(code)
            till.checkout.payment.pay_cash()
            till.checkout.payment.complete()
        sync(here, there)
        yield chain, here, there
        chain.tills.append(there)
        chain.heal()
        assert chain.faults() == []
        assert chain.exceptions() == []


def code_on_paper(till: Till) -> str:
    """What the barcode of the newest sale's slip holds."""
    (entry,) = till.ledger.entries(("sale",), newest_first=True, limit=1)
    number = till.ledger.body_of(entry).receipt_number  # type: ignore[union-attr]  # a sale has one
    (slip,) = till.checkout.refunds.reprint(number).documents
    (code,) = [item.text for item in slip.items if isinstance(item, Barcode)]
    return code


def refused(till: Till, text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        till.checkout.refunds.find(text)
    return caught.value


def test_one_number_at_two_stores_opens_each_stores_own_sale(two_stores: tuple[Chain, Till, Till]) -> None:
    _chain, here, there = two_stores
    mine, theirs = (parse_scan(code_on_paper(till)).value for till in (here, there))
    assert mine.rpartition("-")[0] == theirs.rpartition("-")[0], "the numbers are the same"
    own = here.checkout.refunds.find(mine)
    assert [line.name for line in own.lines] == ["全麦吐司 450g"]
    assert here.checkout.basket.scan(code_on_paper(here)).receipt_number == mine

    asked = refused(here, theirs)
    assert (asked.code, asked.fields["store_name"]) == ("refund_asked_for_at_store", "新城店")
    sync(here, there)
    assert here.checkout.refunds.has_come(theirs)
    view = here.checkout.refunds.find(theirs)
    done = here.checkout.refunds.refund(view.sale_id, {1: 1_000})
    sync(here, there)

    assert [line.name for line in view.lines] == ["法式可颂"]
    assert here.checkout.refunds.find(mine).sale_id == own.sale_id, "still one's own"
    (refund,) = [here.ledger.body_of(entry) for entry in here.ledger.entries(("refund",))]
    assert isinstance(refund, Refund)
    assert (refund.sale_id, refund.total_fen) == (view.sale_id, done.total_fen)
    with pytest.raises(Refusal, match="refund_right_not_here"):
        there.checkout.refunds.refund(view.sale_id, {1: 1_000})


def test_cut_off_it_names_the_store(two_stores: tuple[Chain, Till, Till]) -> None:
    _chain, here, there = two_stores
    here.cut()
    said = refused(here, parse_scan(code_on_paper(there)).value)
    assert (said.code, said.fields["store_name"]) == ("receipt_of_other_store", "新城店")
    with pytest.raises(Refusal, match="receipt_of_other_store"):
        here.checkout.refunds.reprint(code_on_paper(there))


def test_what_stands_below_the_bars_may_be_typed(two_stores: tuple[Chain, Till, Till]) -> None:
    _chain, here, _there = two_stores
    typed = code_on_paper(here).lower()
    found = here.checkout.refunds.find(typed)
    assert found.sale_id == here.checkout.refunds.find(parse_scan(typed).value.rpartition("-")[0]).sale_id
    wrong = typed[:-1] + ("a" if typed[-1] != "a" else "b")
    assert refused(here, wrong).code == "code_check_character"


def test_a_receipt_of_another_chain_is_nobodys(two_stores: tuple[Chain, Till, Till]) -> None:
    chain, here, _there = two_stores
    stranger = chain.hq.desk.run(lambda work: work.ids.new_id())
    number = parse_scan(receipt_code("011-5", stranger)).value
    assert refused(here, number).code == "receipt_of_other_chain"
    assert number == f"011-5-{store_mark(stranger)}"


def test_a_ticket_about_it_names_its_store(two_stores: tuple[Chain, Till, Till]) -> None:
    _chain, here, there = two_stores
    for till in (here, there):
        here.checkout.service.open_ticket("quality", "太甜", receipt_number=parse_scan(code_on_paper(till)).value)
    about = [here.ledger.body_of(entry) for entry in here.ledger.entries(("ticket_opened",))]
    number = parse_scan(code_on_paper(here)).value.rpartition("-")[0]
    told = [body.about_receipt for body in about if isinstance(body, TicketOpened)]
    assert told == [number, f"{number} 新城店"]
