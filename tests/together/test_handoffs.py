"""A thing that one store takes in and another hands over: told where it is, cut off or not, and seen by both and HQ."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hq_sync_server.office.access.roles import OFFICE, Scope
from hq_sync_server.office.members import forgetting, tickets
from pos_client.checkout.views import DoneView
from pos_client.devices.receipt_document import QrCode
from shared_models.codes import handoff_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import ZHOU_CARD
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain, second_store, till_at

WORDS = "手表一块,表带断了,换新表带"


@dataclass(slots=True)
class Two:
    """A till in each of two stores."""

    chain: Chain
    here: Till
    there: Till

    def sync(self) -> None:
        for _ in range(2):
            for till in (self.here, self.there):
                till.sync()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as stack:
        chain = stack.enter_context(open_chain(tmp_path, 21))
        code = chain.hq.desk.run(lambda work: second_store(work, "XH", "西湖店"))
        there = till_at(stack, chain.hq, chain.clock, tmp_path / "other", 1, 99, code)
        made = Two(chain, chain.tills[0], there)
        for till in (made.here, made.there):
            till.sync()
            till.open_shift(10_000)
        made.sync()
        yield made
        for till in (made.here, made.there):
            till.wire.down = False
        made.sync()
        assert chain.faults() == []
        assert chain.exceptions() == []


def taken_in(two: Two) -> DoneView:
    handoffs = two.here.checkout.handoffs
    (store,) = handoffs.stores()
    return handoffs.take_in("repair", store.store_id, WORDS)


def slip(done: DoneView) -> str:
    return handoff_code(done.business_id)


def test_the_slips_bear_a_code_that_every_till_knows_it_by(two: Two) -> None:
    two.here.checkout.basket.scan(ZHOU_CARD)
    done = taken_in(two)
    assert [document.name for document in done.documents] == ["handoff_customer", "handoff_goods"]
    for document in done.documents:
        assert QrCode(slip(done)) in document.items
    scan = two.here.checkout.basket.scan(slip(done))
    assert (scan.outcome, scan.receipt_number) == ("receipt", slip(done))
    found = two.here.checkout.handoffs.find(f"R{done.receipt_number}")
    assert found is not None
    assert (found.ticket_id, found.stands, found.next_steps) == (done.business_id, None, ("sent",))


def test_it_goes_its_way_and_both_stores_and_hq_read_the_same(two: Two) -> None:
    done = taken_in(two)
    two.here.checkout.handoffs.tell(done.business_id, "sent")
    two.sync()
    (there,) = two.there.checkout.handoffs.waiting()
    assert (there.text, there.from_store, there.to_store, there.stands) == (WORDS, "滨江店", "西湖店", "sent")
    assert there.next_steps == ("arrived", "ready", "handed_over")
    two.there.checkout.handoffs.tell(done.business_id, "arrived")
    two.there.checkout.handoffs.tell(done.business_id, "ready")
    two.sync()
    (here,) = two.here.checkout.handoffs.waiting()
    assert (here.stands, here.next_steps) == ("ready", ())
    assert [(step.step, step.store_name) for step in here.steps] == [
        ("sent", "滨江店"), ("arrived", "西湖店"), ("ready", "西湖店"),
    ]  # fmt: skip
    with two.chain.hq.desk.read() as connection:
        (ticket,) = tickets.listed(connection, OFFICE, Scope())
        assert tickets.count_open(connection, Scope()) == 0, "nobody at HQ has to answer it"
    assert (ticket.note, ticket.to_store_name, ticket.status) == (WORDS, "西湖店", "working")
    assert [(step.step, step.store_name) for step in ticket.steps][-1] == ("ready", "西湖店")

    two.there.checkout.handoffs.tell(done.business_id, "handed_over")
    two.sync()
    assert two.here.checkout.handoffs.waiting() == two.there.checkout.handoffs.waiting() == ()
    with two.chain.hq.desk.read() as connection:
        (ticket,) = tickets.listed(connection, OFFICE, Scope())
    assert ticket.status == "closed"


def test_cut_off_each_store_tells_what_happened_there_and_it_meets_at_hq(two: Two) -> None:
    two.here.cut()
    two.there.cut()
    done = taken_in(two)
    two.here.checkout.handoffs.tell(done.business_id, "sent")
    unheard = two.there.checkout.handoffs.find(slip(done))
    assert unheard is not None
    assert (unheard.category, unheard.next_steps) == ("", ("arrived", "ready", "handed_over"))
    assert two.there.checkout.handoffs.tell(done.business_id, "arrived").stands == "arrived"

    two.there.wire.down = False
    two.there.sync()  # the step is at HQ before its ticket
    two.here.wire.down = False
    two.sync()
    for till in (two.here, two.there):
        (view,) = till.checkout.handoffs.waiting()
        assert (view.text, view.stands) == (WORDS, "arrived")


def test_what_was_told_is_not_told_again(two: Two) -> None:
    done = taken_in(two)
    handoffs = two.here.checkout.handoffs
    handoffs.tell(done.business_id, "sent")
    for step in ("sent", "arrived"):
        with pytest.raises(Refusal, match="handoff_step_told"):
            handoffs.tell(done.business_id, step)


def test_nothing_is_taken_in_for_nowhere_or_about_nothing(two: Two) -> None:
    handoffs = two.here.checkout.handoffs
    (store,) = handoffs.stores()
    with pytest.raises(Refusal, match="store_unknown"):
        handoffs.take_in("repair", two.chain.people[ZHOU_CARD], WORDS)
    with pytest.raises(Refusal, match="text_missing"):
        handoffs.take_in("repair", store.store_id, "  ")
    with pytest.raises(Refusal, match="ticket_kind_unknown"):
        handoffs.take_in("quality", store.store_id, WORDS)


def test_a_forgotten_persons_words_go_from_the_other_store_too(two: Two) -> None:
    two.here.checkout.basket.scan(ZHOU_CARD)
    taken_in(two)
    two.sync()
    two.chain.hq.desk.run(lambda work: forgetting.forget(work, two.chain.people[ZHOU_CARD]))
    two.sync()
    (view,) = two.there.checkout.handoffs.waiting()
    assert view.text == ""
