"""Till and HQ: what is earned, paid in and spent at one till is there at the other, and nobody is ever overdrawn."""

import random
from uuid import UUID

import pytest

from hq_sync_server.office.organisation import tills
from pos_client.ledger import verify
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import new_keys
from shared_models.bodies import MemberForgotten
from shared_models.entries import read_head
from shared_models.moments import business_date_of
from tests.replay.till import ReplayTill
from tests.together.two_tills import TwoTills, row

DAY_MS = 86_400_000


def member_of(shop: TwoTills, till: ReplayTill, member: str) -> UUID:
    return till.member_of(member, shop.people)


def test_top_up_at_a_and_pay_at_b_a_second_later_with_a_unplugged(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    member_id = shop.known["12346"]
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=False)
    shop.a.top_up(member_id, 10_000)
    shop.a.ledger.drop_basket(basket)
    shop.a.sync(pull=False)
    shop.plug(shop.a, pulled=True)
    shop.clock.advance(1_000)

    _, paid_fen, _ = shop.serve(shop.b, member_id, 5_000)

    assert paid_fen == 1_500  # 30 % of the total is tried
    shop.heal()
    assert shop.disagreements() == []
    assert shop.balance(member_id) == (8_500, 50)


def test_what_one_till_holds_the_other_cannot_spend(shop: TwoTills) -> None:
    member_id = shop.known["12346"]
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=False)
    shop.plug(shop.a, pulled=True)
    shop.a.top_up(member_id, 10_000)

    _, at_b_fen, _ = shop.serve(shop.b, member_id, 5_000)
    shop.a.ledger.drop_basket(basket)
    _, at_a_fen, _ = shop.serve(shop.a, member_id, 5_000)

    assert (at_b_fen, at_a_fen) == (0, 1_500)
    shop.heal()
    assert shop.disagreements() == []
    assert shop.balance(member_id)[0] == 8_500


def test_a_coupon_fetched_online_is_redeemed_in_the_outage_and_never_again(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    member_id = shop.known["12346"]
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=False)
    shop.plug(shop.a, pulled=True)

    done = shop.a.sell((row(1_000),), member_id, basket, coupon_wanted=True)
    at_b, _, _ = shop.serve(shop.b, member_id, 1_000, coupon=True)

    assert len(done.coupons) == 1
    assert done.off_fen == 200
    sale, _ = shop.b.sale_of(at_b)
    assert sale.coupons_redeemed == ()
    shop.heal()
    assert shop.disagreements() == []


def test_a_coupon_that_was_not_used_goes_back_and_can_be_used_elsewhere(shop: TwoTills) -> None:
    member_id = shop.known["12346"]
    shop.serve(shop.a, member_id, 1_000)

    sale_id, _, _ = shop.serve(shop.b, member_id, 1_000, coupon=True)

    sale, _ = shop.b.sale_of(sale_id)
    assert len(sale.coupons_redeemed) == 1
    shop.heal()
    assert shop.disagreements() == []


def test_a_person_registered_at_both_cut_off_tills_becomes_one(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    for till in shop.tills:
        shop.plug(till, pulled=True)
    at_a, at_b = member_of(shop, shop.a, "777"), member_of(shop, shop.b, "777")
    shop.serve(shop.a, at_a, 10_000)
    shop.serve(shop.b, at_b, 5_000)

    shop.heal()

    assert shop.disagreements() == []
    assert shop.balance(at_a) == shop.balance(at_b) == (0, 150)
    for till in shop.tills:
        assert member_of(shop, till, "777") == member_of(shop, shop.a, "777")
    canonical = member_of(shop, shop.a, "777")
    _, _, points = shop.serve(shop.a, canonical, 1_000)
    assert points == 150  # both purses, in one payment


def test_a_refund_takes_back_points_that_are_gone_as_a_debt_and_hq_settles_it(shop: TwoTills) -> None:
    member_id = shop.known["12346"]
    sale_id, _, _ = shop.serve(shop.a, member_id, 50_000)  # 500 points
    shop.serve(shop.b, member_id, 1_000)  # spends 500 of them
    shop.plug(shop.a, pulled=True)

    basket = shop.a.attach(member_id)
    shop.a.refund(sale_id, {1: 1}, basket)
    shop.heal()
    assert shop.disagreements() == []
    stored_fen, points = shop.balance(member_id)
    assert (stored_fen, points < 0) == (0, True)

    shop.serve(shop.b, member_id, 60_000)  # earns 600
    shop.heal()
    assert shop.disagreements() == []
    assert shop.balance(member_id)[1] == points + 600


def test_a_fortnight_cut_off_and_back(shop: TwoTills) -> None:
    member_id = shop.known["12346"]
    shop.plug(shop.a, pulled=True)
    shop.a.top_up(member_id, 100_000)
    paid_fen = 0
    for _ in range(14):
        shop.clock.advance(DAY_MS)
        paid_fen += shop.serve(shop.a, member_id, 3_000)[1]

    shop.heal()

    assert paid_fen > 0
    assert shop.disagreements() == []
    assert shop.balance(member_id)[0] == 108_000 - paid_fen
    assert shop.exceptions() == []


def test_a_till_whose_key_was_revoked_or_is_not_its_own_is_told_so_and_keeps_its_entries(shop: TwoTills) -> None:
    shop.serve(shop.a, None, 700)
    identity = shop.a.ledger.identity
    assert identity is not None
    stranger = HqApi(shop.wires["A"], identity.till_id, new_keys().device_key, shop.clock)
    shop.a.ledger.save_basket(shop.a._ids.new_id(), "open", b"")
    shop.a.top_up(shop.known["12346"], 100)

    own, shop.a._api = shop.a._api, stranger
    shop.a.engine = shop.a._new_engine()
    report = shop.a.engine.run_once()
    assert report.error == "signature_wrong"
    assert shop.a.ledger.sync_state().waiting_entries == 1

    shop.a._api = own
    shop.a.engine = shop.a._new_engine()
    shop.heal()
    assert shop.disagreements() == []

    shop.hq.desk.run(lambda work: tills.revoke(work, identity.till_id))
    shop.a.top_up(shop.known["12346"], 100)
    assert shop.a.engine.run_once().error == "till_revoked"
    assert shop.a.ledger.sync_state().waiting_fen == 100
    assert verify(shop.a.ledger.folder).ok


@pytest.mark.parametrize("wild_ms", [365 * DAY_MS, -365 * DAY_MS])
def test_a_till_whose_clock_is_a_year_off_sells_and_syncs_and_is_right_again(shop: TwoTills, wild_ms: int) -> None:
    shop.plug(shop.a, pulled=True)
    shop.clocks["A"].wrong_by_ms = wild_ms
    shop.serve(shop.a, None, 900)
    shop.heal()
    assert shop.a.ledger.clock_state().offset_ms == -wild_ms
    assert shop.disagreements() == []

    shop.clocks["A"].wrong_by_ms = 0
    shop.heal()
    shop.serve(shop.a, None, 400)

    newest = shop.a.ledger.entries(("sale",), newest_first=True, limit=1)[0]
    head = read_head(newest.body)
    assert abs(head.till_time_ms - shop.clock.now_ms()) < 1_000
    assert head.business_date == business_date_of(shop.clock.now_ms())
    assert shop.disagreements() == []


def test_an_entry_hq_cannot_use_yet_is_parked_and_blocks_nothing(shop: TwoTills) -> None:
    ledger = shop.a.ledger
    ledger.append(MemberForgotten(head=ledger.new_head(), member_id=UUID(int=7)))  # only HQ says such a thing
    shop.serve(shop.a, None, 700)

    shop.heal()

    assert ledger.sync_state().parked == 1
    assert ledger.sync_state().waiting_entries == 0
    assert [found for found in shop.disagreements() if not found.startswith("parked")] == []


@pytest.mark.parametrize("fault", ["lose_request", "lose_answer", "double", "truncate", "late", "busy"])
def test_every_fault_at_every_step_of_a_visit(shop_on_each: TwoTills, fault: str) -> None:
    shop = shop_on_each
    member_id = shop.known["12346"]
    for step in range(6):
        shop.wires["A"].next_faults.extend([""] * step + [fault])
        shop.a.top_up(member_id, 1_000)
        shop.serve(shop.a, member_id, 1_000)
        shop.wires["A"].next_faults.clear()

    shop.heal()

    assert shop.wires["A"].met[fault] >= 4
    assert shop.disagreements() == []
    assert shop.balance(member_id)[0] == 6_000 - _stored_value_paid(shop)


@pytest.mark.parametrize("seed", range(6))
def test_a_stormy_week_at_two_tills_ends_with_both_agreeing_with_hq(shop: TwoTills, seed: int) -> None:
    chance = random.Random(seed)
    members = [*shop.known, "31", "33"]
    for wire in shop.wires.values():
        wire.storm = 0.35
    for _ in range(60):
        shop.clock.advance(chance.randint(1_000, 4 * 3_600_000))
        till = chance.choice(shop.tills)
        if chance.random() < 0.15:
            shop.plug(till, pulled=not till.wire.down)
        if chance.random() < 0.1:
            till.engine = till._new_engine()
        _something_happens(shop, till, chance, members)

    shop.heal()

    assert sum(wire.met.total() - wire.met[""] for wire in shop.wires.values()) > 10
    assert shop.disagreements() == []
    assert set(shop.exceptions()) <= {"stale_inputs"}
    assert all(balance >= 0 for balance, _ in (shop.balance(member_id) for member_id in shop.known.values()))


def _something_happens(shop: TwoTills, till: ReplayTill, chance: random.Random, members: list[str]) -> None:
    member_id = member_of(shop, till, chance.choice(members))
    match chance.choice(("sale", "sale", "sale", "top_up", "refund", "anonymous")):
        case "sale":
            shop.serve(till, member_id, chance.randint(100, 20_000), coupon=chance.random() < 0.5)
        case "top_up":
            till.top_up(member_id, chance.randint(1_000, 200_000))
        case "refund":
            sales = till.ledger.entries(("sale",), newest_first=True, limit=1)
            if sales and not till.ledger.refunds_of(_id_of(till, sales[0].seq)):
                till.refund(_id_of(till, sales[0].seq), {1: 1}, None)
        case _:
            shop.serve(till, None, chance.randint(100, 2_000))
    if not till.wire.down:
        till.sync(pull=chance.random() < 0.5)


def _id_of(till: ReplayTill, seq: int) -> UUID:
    entry = till.ledger.entry_at(seq)
    assert entry is not None
    body = till.ledger.body_of(entry)
    assert body is not None
    return body.head.business_id


def _stored_value_paid(shop: TwoTills) -> int:
    paid_fen = 0
    for till in shop.tills:
        for entry in till.ledger.entries(("sale",)):
            sale, _ = till.sale_of(_id_of(till, entry.seq))
            paid_fen += sum(tender.amount_fen for tender in sale.tenders if tender.kind == "stored_value")
    return paid_fen
