"""Rights placed at tills: told and lent in any answer, asked back for whoever needs them, shown in the member's row."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import uniting
from hq_sync_server.office.organisation import nudges
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.upkeep import upkeep, verify
from hq_sync_server.records import placement_tables as t
from shared_models.catalog import StoreRow
from shared_models.members import MemberRow, PlacedRights
from shared_models.moments import DAY_MS, ManualClock
from shared_models.rights import bonus_lot, principal_lot
from shared_models.sales import LotAmount
from shared_models.sync import Target
from tests.hq_sync_server.facts import release_top_up, sale_body, top_up
from tests.hq_sync_server.people import WireTill, found_chain, member_rows

ESCROW = {"minimum_fen": 1_000, "share_basis_points": 5_000, "usual_multiples": 2, "idle_days": 10}


@pytest.fixture
def shops(hq: Hq) -> list[StoreRow]:
    """Two stores that place rights."""
    found = found_chain(hq, 2)
    publish(hq, found, **ESCROW)
    return found


def publish(hq: Hq, shops: list[StoreRow], **escrow: object) -> None:
    def write(work: Work) -> None:
        for shop in shops:
            rule_configs.publish_rules(work, shop.store_id, {"escrow": escrow}, effective_from="2025-01-01", author="t")

    hq.desk.run(write)


@pytest.fixture
def tills(hq: Hq, shops: list[StoreRow]) -> Iterator[list[WireTill]]:
    """Two tills of the first store and one of the second, known to HQ; at the end HQ's books are sound."""
    opened = [WireTill.enrolled(hq, store.store_id) for store in (shops[0], shops[0], shops[1])]
    for till in opened:
        till.push()
    yield opened
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()


def bought(till: WireTill, member: UUID, lot: str, amount: int, *, back: int = 0) -> None:
    """A sale paid from a lot, and what goes back after it."""
    till.append(sale_body(till, amount, member_id=member, stored=[LotAmount(member, lot, amount)]))
    if back:
        till.release(LotAmount(member, lot, back))


def regular(hq: Hq, till: WireTill, paid_fen: int = 10_000, spent_fen: int = 2_000) -> tuple[UUID, str]:
    """A member who paid in and spent here, and whose rights are all home: (member, lot)."""
    member = hq.desk.ids.new_id()
    lot = principal_lot(top_up(till, member, paid_fen))
    till.append(sale_body(till, 100, member_id=member))
    bought(till, member, lot, spent_fen, back=paid_fen - spent_fen)
    till.adopt(till.push())
    return member, lot


def placed(hq: Hq, member: UUID) -> dict[UUID, tuple[int, int, int]]:
    """(amount, held, told) by till."""
    with hq.desk.read() as connection:
        rows = connection.execute(t.placements.select().where(t.placements.c.member_id == member)).all()
    return {row.till_id: (row.amount, row.held, row.told) for row in rows}


def row_of(till: WireTill, member: UUID) -> MemberRow:
    return member_rows(till.changes().rows)[member]


def test_what_comes_home_is_placed_in_the_answer_to_the_same_batch(hq: Hq, tills: list[WireTill]) -> None:
    member, till = hq.desk.ids.new_id(), tills[0]
    paid = top_up(till, member, 10_000, 800)
    bought(till, member, principal_lot(paid), 2_000)
    release_top_up(till, member, paid, 8_000, 800)

    answer = till.push()

    lot = principal_lot(paid)
    assert answer.targets == (Target(subject=member, lot=lot, amount=4_000),)
    assert [(grant.lot, grant.granted_total) for grant in answer.grants] == [(lot, 4_000)]
    assert placed(hq, member) == {till.till_id: (4_000, 4_000, 4_000)}
    assert row_of(tills[1], member).placed == (PlacedRights(till.till_id, 4_000),)
    assert bonus_lot(paid) not in {target.lot for target in answer.targets}


def test_who_only_paid_in_here_has_what_is_useful_here_when_the_line_goes(hq: Hq, tills: list[WireTill]) -> None:
    first = tills[0]
    member = hq.desk.ids.new_id()
    lot = principal_lot(top_up(first, member, 50_000))

    answer = first.push()

    assert answer.targets == (Target(subject=member, lot=lot, amount=1_000),)
    assert placed(hq, member) == {first.till_id: (1_000, 1_000, 1_000)}


def test_a_grant_that_was_not_adopted_is_said_again_and_nothing_beside_it(hq: Hq, tills: list[WireTill]) -> None:
    member, till = hq.desk.ids.new_id(), tills[0]
    paid = top_up(till, member, 10_000)
    release_top_up(till, member, paid, 10_000)
    till.append(sale_body(till, 100, member_id=member))
    first = till.push()

    again = till.hello()
    other, _lot = hq.desk.ids.new_id(), top_up(till, member, 500)
    till.append(sale_body(till, 100, member_id=other))
    third = till.push()

    assert first.grants
    assert (again.grants, again.grant_request) == (first.grants, first.grant_request)
    assert (third.grants, third.grant_request) == (first.grants, first.grant_request)
    till.adopt(third)
    assert till.hello().grant_request == 0


def test_a_till_that_has_more_to_send_is_given_nothing_yet(hq: Hq, tills: list[WireTill]) -> None:
    till = tills[0]
    member = hq.desk.ids.new_id()
    paid = top_up(till, member, 10_000)
    release_top_up(till, member, paid, 10_000)
    till.append(sale_body(till, 100, member_id=member))
    whole = till.batch()
    till.append(sale_body(till, 100))
    late = type(whole)(
        lane=till.position(), first_seq=whole.first_seq, prev_hash=whole.prev_hash, entries=whole.entries,
        attachments=whole.attachments, signature=whole.signature,
    )  # fmt: skip

    assert till.control("entries", late).grants == ()
    assert till.push().grants


def test_it_moves_to_the_till_that_is_used_more_and_every_row_says_so(hq: Hq, tills: list[WireTill]) -> None:
    first, second, _ = tills
    member, lot = regular(hq, first)
    for visit in range(3):
        answer = second.ask(member)
        second.adopt(answer)
        bought(second, member, lot, 1_000, back=answer.grants[0].granted_total - 1_000 if visit == 0 else 0)
        second.adopt(second.push())

    answer = first.hello()

    assert Target(subject=member, lot=lot, amount=0) in answer.targets
    assert placed(hq, member)[second.till_id][0] > 0
    first.release(LotAmount(member, lot, 4_000))
    first.adopt(first.push())
    second.adopt(second.hello())
    assert {one.till_id for one in row_of(first, member).placed} == {second.till_id}


def test_what_another_till_needs_is_asked_back_and_placed_again_after_the_sale(hq: Hq, tills: list[WireTill]) -> None:
    home, other, _ = tills
    member, lot = regular(hq, home)
    assert placed(hq, member)[home.till_id] == (4_000, 4_000, 4_000)

    short = other.ask(member)
    with hq.desk.read() as connection:
        nudged = nudges.is_due(connection, home.till_id)
    asked_back = home.hello()
    home.release(LotAmount(member, lot, 4_000))
    home.push()
    other.adopt(short)
    whole = other.ask(member)
    other.adopt(whole)
    bought(other, member, lot, 8_000)
    other.push()

    assert ([grant.granted_total for grant in short.grants], short.short) == ([4_000], (member,))
    assert nudged
    assert asked_back.targets == (Target(subject=member, lot=lot, amount=0),)
    assert ([grant.granted_total for grant in whole.grants], whole.short) == ([8_000], ())


def test_after_the_sale_elsewhere_the_placement_comes_back(hq: Hq, tills: list[WireTill]) -> None:
    home, other, _ = tills
    member, lot = regular(hq, home)
    other.adopt(other.ask(member))
    home.hello()
    home.release(LotAmount(member, lot, 4_000))
    home.push()
    other.adopt(other.ask(member))
    bought(other, member, lot, 1_000, back=7_000)
    other.push()

    back = home.hello()

    assert [(target.lot, target.amount) for target in back.targets] == [(lot, 4_000)]
    assert [grant.lot for grant in back.grants] == [lot]


def test_a_till_that_was_not_heard_for_long_is_not_waited_for(
    hq: Hq, tills: list[WireTill], clock: ManualClock
) -> None:
    home, other, _ = tills
    member, _lot = regular(hq, home)
    clock.advance(DAY_MS)

    answer = other.ask(member)

    assert answer.short == ()
    assert [grant.granted_total for grant in answer.grants] == [4_000]


@pytest.mark.parametrize("every_days", [1, 4])
def test_an_idle_placement_is_half_and_a_quarter_and_ends_by_itself(
    hq: Hq, tills: list[WireTill], clock: ManualClock, every_days: int
) -> None:
    member, _lot = regular(hq, tills[0])
    sizes = []

    for _ in range(0, 40, every_days):
        clock.advance(every_days * DAY_MS)
        upkeep.run_if_due(hq.desk)
        sizes.append(placed(hq, member).get(tills[0].till_id, (0, 0, 0))[0])

    assert list(dict.fromkeys(sizes)) == [4_000, 2_000, 1_000, 0]
    assert sizes.index(2_000) == -(-10 // every_days) - 1, "on the day, or in the first pass after it"


def test_nobody_is_placed_who_is_frozen_or_owes(hq: Hq, tills: list[WireTill]) -> None:
    member, lot = regular(hq, tills[0])

    def freeze(work: Work) -> None:
        books = Books(work)
        books.open({member})
        page = books.members[member]
        page.status, page.changed, page.touched = "frozen", True, True
        books.close()

    hq.desk.run(freeze)
    answer = tills[0].hello()

    assert answer.targets == (Target(subject=member, lot=lot, amount=0),)
    assert answer.grants == ()


def test_a_store_that_places_nothing_tells_and_lends_nothing(
    hq: Hq, shops: list[StoreRow], tills: list[WireTill]
) -> None:
    publish(hq, shops[:1], mode="online_only")
    member, _lot = regular(hq, tills[0])

    answer = tills[0].hello()

    assert (answer.targets, answer.grants) == ((), ())
    assert placed(hq, member) == {}


def test_what_was_placed_of_an_alias_comes_home_and_is_placed_of_the_person(hq: Hq, tills: list[WireTill]) -> None:
    alias, lot = regular(hq, tills[0])
    person = hq.desk.ids.new_id()
    tills[2].append(sale_body(tills[2], 100, member_id=person))
    tills[2].push()

    def unite(work: Work) -> None:
        books = Books(work)
        books.open({alias, person})
        uniting.unite(books, alias, person)
        books.close()

    hq.desk.run(unite)
    ended = tills[0].hello()
    tills[0].release(LotAmount(alias, lot, 4_000))
    tills[0].adopt(tills[0].push())
    tills[0].adopt(tills[0].hello())

    assert Target(subject=alias, lot=lot, amount=0) in ended.targets
    assert placed(hq, alias) == {}
    assert placed(hq, person)[tills[0].till_id] == (4_000, 4_000, 4_000)
