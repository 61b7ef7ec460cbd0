"""A refund at another till than the one that sold: the right comes over online; by the original split; never twice."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from pos_client.checkout.views import DoneView
from shared_models.bodies import Refund
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, RULES, ZHOU_CARD
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain, sync


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One store with two tills, both open."""
    with open_chain(tmp_path, 6) as opened:
        for till in opened.tills:
            till.open_shift(100_000)
            till.sync()
        yield opened
        opened.heal()
        assert opened.faults() == []
        assert opened.exceptions() == []


def sold(till: Till, *codes: str, delivered: bool = True) -> DoneView:
    """A cash sale that HQ has, or has not, heard of."""
    for code in codes:
        till.checkout.basket.scan(code)
    till.checkout.payment.pay_cash()
    done = till.checkout.payment.complete()
    if delivered:
        till.sync()
    return done


def refusal_of(till: Till, receipt_number: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        till.checkout.refunds.find(receipt_number)
    return refused.value


def refunds(chain: Chain) -> list[Refund]:
    found = [till.ledger.body_of(entry) for till in chain.tills for entry in till.ledger.entries(("refund",))]
    return [body for body in found if isinstance(body, Refund)]


def test_another_till_takes_the_right_over_with_what_is_left(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD, BREAD, BREAD, CROISSANT)
    first.checkout.refunds.refund(sale.business_id, {1: 1_000})
    asked = refusal_of(second, sale.receipt_number)
    sync(second, first)
    view = second.checkout.refunds.find(sale.receipt_number)
    done = second.checkout.refunds.refund(view.sale_id, {1: 1_000, 2: 1_000})
    with pytest.raises(Refusal, match="refund_more_than_left"):
        second.checkout.refunds.refund(view.sale_id, {1: 2_000})
    with pytest.raises(Refusal, match="refund_right_not_here"):
        first.checkout.refunds.refund(sale.business_id, {1: 1_000})

    assert (asked.code, asked.fields["till_number"]) == ("refund_asked_for", 1)
    assert [(line.sold_milli, line.left_milli) for line in view.lines] == [(3_000, 2_000), (1_000, 1_000)]
    assert done.total_fen == 1_680 + 950
    sync(first, second)  # the first asked for it again
    last = first.checkout.refunds.find(sale.receipt_number)
    assert [line.left_milli for line in last.lines] == [1_000, 0]
    first.checkout.refunds.refund(last.sale_id, {1: 1_000})
    assert sum(refund.total_fen for refund in refunds(chain)) == sale.total_fen
    assert [refund.right_version for refund in refunds(chain)] == [0, 4, 2]


def test_it_goes_back_by_the_original_split(chain: Chain) -> None:
    first, second = chain.tills
    member = chain.people[ZHOU_CARD]
    first.checkout.basket.scan(ZHOU_CARD)
    first.checkout.top_ups.start()
    first.checkout.top_ups.choose(30_000)
    first.checkout.top_ups.pay_cash()
    first.checkout.top_ups.complete()
    first.checkout.basket.scan(ZHOU_CARD)
    first.checkout.basket.scan(BREAD)
    first.checkout.payment.pay_stored_value()
    sale = first.checkout.payment.complete()
    sync(first)
    before = chain.balances_at_hq()
    refusal_of(second, sale.receipt_number)
    sync(second, first)
    view = second.checkout.refunds.find(sale.receipt_number)
    second.checkout.refunds.refund(view.sale_id, {1: 1_000})
    sync(second)

    (refund,) = refunds(chain)
    (tender,) = refund.tenders
    assert (tender.kind, {part.subject for part in tender.lots}) == ("stored_value", {member})
    after = chain.balances_at_hq()
    grown = {key: after.get(key, 0) - before.get(key, 0) for key in after.keys() | before.keys()}
    assert sum(amount for (_member, lot), amount in grown.items() if not lot.startswith("points")) == sale.total_fen


def test_cut_off_the_refusal_names_the_till_that_sold(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    second.cut()
    refused = refusal_of(second, sale.receipt_number)
    assert (refused.code, refused.fields) == ("receipt_of_other_till", {"till_number": 1, "who": "till"})


def test_a_till_that_cannot_be_reached_keeps_its_right(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    sync(first)
    first.cut()
    refusal_of(second, sale.receipt_number)
    sync(second)
    again = refusal_of(second, sale.receipt_number)
    done = first.checkout.refunds.refund(sale.business_id, {1: 1_000})

    assert (again.code, again.fields["till_number"]) == ("refund_asked_for", 1)
    assert done.total_fen == 1_680


def test_the_till_that_has_the_right_is_named(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD, BREAD)
    refusal_of(second, sale.receipt_number)
    sync(second, first)
    second.cut()
    with pytest.raises(Refusal):  # asked for
        first.checkout.refunds.refund(sale.business_id, {1: 1_000})
    first.sync()
    with pytest.raises(Refusal) as refused:  # and answered
        first.checkout.refunds.refund(sale.business_id, {1: 1_000})

    assert (refused.value.code, refused.value.fields["till_number"]) == ("refund_right_at_till", 2)


def test_a_sale_that_hq_has_not_heard_of_yet_comes_too(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD, delivered=False)
    for _ in range(2):
        assert refusal_of(second, sale.receipt_number).code == "refund_asked_for"
        sync(second, first)
    view = second.checkout.refunds.find(sale.receipt_number)
    assert second.checkout.refunds.refund(view.sale_id, {1: 1_000}).total_fen == 1_680


def test_a_number_nobody_printed_is_said_to_be_unknown_once_hq_was_asked(chain: Chain) -> None:
    second = chain.tills[1]
    first_answer = refusal_of(second, "011-1")
    sync(second)
    assert (first_answer.code, refusal_of(second, "011-1").code) == ("refund_asked_for", "receipt_unknown")


def test_by_policy_rights_are_given_up_at_the_end_of_a_shift(chain: Chain) -> None:
    first, second = chain.tills
    chain.hq.desk.run(_release_at_shift_close)
    sync(first, second)
    sale = sold(first, BREAD, CROISSANT)
    late = sold(first, BREAD, delivered=False)
    first.checkout.shifts.close({100: 1})
    first.cut()
    first.checkout.shifts.open(0)
    with pytest.raises(Refusal, match="refund_right_not_here"):
        first.checkout.refunds.refund(sale.business_id, {1: 1_000})
    first.wire.down = False
    sync(first)
    first.cut()
    refusal_of(second, sale.receipt_number)
    sync(second)
    view = second.checkout.refunds.find(sale.receipt_number)
    second.checkout.refunds.refund(view.sale_id, {1: 1_000})
    first.checkout.refunds.refund(late.business_id, {1: 1_000})

    released = [body for entry in first.ledger.entries(("token_released",)) for body in [first.ledger.body_of(entry)]]
    assert [getattr(body, "refund_rights_through_seq", 0) > 0 for body in released] == [True]
    assert sorted(refund.right_version for refund in refunds(chain)) == [0, 2]


def test_a_tender_is_put_right_where_the_right_to_refund_is(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    refusal_of(second, sale.receipt_number)
    sync(second, first)
    with pytest.raises(Refusal, match="refund_right_not_here"):
        first.checkout.refunds.correct_tender(sale.business_id, 0, "card")
    view = second.checkout.refunds.find(sale.receipt_number)
    second.checkout.refunds.correct_tender(view.sale_id, 0, "card")
    sync(second, first)
    sync(second, first)
    back = first.checkout.refunds.find(sale.receipt_number)

    assert [tender.kind for tender in back.sale_tenders] == ["card"]


def _release_at_shift_close(work: Work) -> None:
    store_id = stores.store_by_code(work.connection, "BJ").store_id
    document = msgspec.json.decode(msgspec.json.encode(RULES), type=dict[str, object])
    document["escrow"] = {"release_refund_rights": True}
    rule_configs.publish_rules(work, store_id, document, effective_from="2020-01-02", author="test")
