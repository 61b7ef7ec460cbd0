"""Orders' tokens at HQ. Orders themselves have no effect yet, so the books are opened here as intake will open them."""

from uuid import UUID

import pytest
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.rights import tokens
from hq_sync_server.records import office_tables
from shared_models import bodies
from shared_models.bodies import Body, TokenMove
from shared_models.orders import decode_right
from shared_models.sync import RightsRequest
from shared_models.tokens import order_token, token_effects
from tests.hq_sync_server.people import WireTill

pytestmark = pytest.mark.usefixtures("breaks_books")  # what is booked here stands in no entry


@pytest.fixture
def order(hq: Hq) -> UUID:
    return hq.desk.ids.new_id()


def book(till: WireTill, body: Body, order: UUID) -> list[str]:
    """What intake will do with the body of an order; the names of what did not fit."""

    def do(work: Work) -> list[str]:
        books = Books(work, till.till_id, 1, till.enrolment.store_id)
        books.open((), {order_token(order)})
        codes = tokens.book_effects(books, 7, 2, token_effects(body), body)
        books.close()
        return codes

    return till.hq.desk.run(do)


def take(till: WireTill, order: UUID) -> list[str]:
    return book(till, bodies.OrderTaken(head=till.head(), order_id=order), order)


def collect(till: WireTill, order: UUID) -> list[str]:
    return book(till, bodies.OrderCollected(head=till.head(), order_id=order, sale_id=order), order)


def cancel(till: WireTill, order: UUID) -> list[str]:
    return book(till, bodies.OrderCancelled(head=till.head(), order_id=order), order)


def test_an_order_is_collected_where_it_was_taken_and_only_once(hq: Hq, till_a: WireTill, order: UUID) -> None:
    assert (take(till_a, order), collect(till_a, order)) == ([], [])
    assert cancel(till_a, order) == ["order_twice"]
    columns = office_tables.exceptions.c
    with hq.desk.read() as connection:
        assert connection.scalars(select(columns.code)).all() == ["order_twice"]


def test_an_order_collected_elsewhere_without_its_token_is_named(
    till_a: WireTill, till_b: WireTill, order: UUID
) -> None:
    assert take(till_a, order) == []
    assert collect(till_b, order) == ["order_not_owned"]
    assert collect(till_a, order) == ["order_twice"]


def test_an_order_nobody_took_is_named(till_a: WireTill, order: UUID) -> None:
    assert collect(till_a, order) == ["order_unknown"]


def test_another_till_acquires_an_order_online(hq: Hq, till_a: WireTill, till_b: WireTill, order: UUID) -> None:
    till_a.append(bodies.OrderTaken(head=till_a.head(business_id=order), order_id=order))
    for till in (till_a, till_b):
        till.push()
    wanted = (order_token(order),)
    waiting = till_b.control("rights", RightsRequest(lane=till_b.position(), tokens=wanted))
    recalls = till_a.hello().recalls
    move = TokenMove(token=wanted[0], kind="order", version=1, subject=order)
    till_a.append(bodies.TokenReleased(head=till_a.head(), tokens=(move,)))
    till_a.push()
    given = till_b.control("rights", RightsRequest(lane=till_b.position(), tokens=wanted))

    assert [held.code for held in waiting.held] == ["at_till"]
    assert [(recall.kind, recall.subject) for recall in recalls] == [("order", order)]
    assert [(move.kind, move.version, move.subject) for move in given.tokens] == [("order", 2, order)]
    assert decode_right(given.tokens[0].terms).order().order_id == order
    assert collect(till_b, order) == []
