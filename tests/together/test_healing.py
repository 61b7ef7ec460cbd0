"""A disk that went back, a till that was copied, a till that was lost: noticed, frozen, healed, and nothing lost.

After each: every entry that ever was durable is at HQ exactly once, the books agree, both ends verify.
"""

from uuid import UUID

import pytest
from sqlalchemy import select

from hq_sync_server.office.healing import enrolment, healing, write_off
from hq_sync_server.office.intake import kept
from hq_sync_server.office.organisation import tills
from hq_sync_server.records import tables
from shared_models.refusals import Refusal
from tests.replay.till import ReplayTill
from tests.together.disks import YES, Disks, disagreements, lost_money_fen, notes
from tests.together.two_tills import TwoTills, row

DAY_MS = 86_400_000


def till_id_of(till: ReplayTill) -> UUID:
    identity = till.ledger.identity
    assert identity is not None
    return identity.till_id


def speak(till: ReplayTill) -> str:
    """One contact; what it met."""
    till.engine.push_soon()
    return till.engine.run_once().error


def trouble_of(shop: TwoTills, till: ReplayTill) -> str:
    """What HQ shows of a till."""
    with shop.hq.desk.read() as connection:
        return str(connection.scalar(select(tables.lanes.c.trouble).where(tables.lanes.c.till_id == till_id_of(till))))


def heal(till: ReplayTill) -> None:
    """The manager's step, and a contact."""
    till.ledger.allow_new_epoch(YES)
    assert speak(till) == ""


def morning(disks: Disks) -> UUID:
    """A member with 100.00 paid in at A, all of it delivered."""
    shop = disks.shop
    member_id = shop.known["12346"]
    shop.a.top_up(member_id, 10_000)
    shop.a.sync(pull=True)
    return member_id


@pytest.mark.parametrize("anchor_too", [False, True], ids=["database", "whole disk"])
def test_a_disk_that_went_back_is_noticed_and_healed(disks_on_each: Disks, anchor_too: bool) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = morning(disks)
    photo = disks.photograph(shop.a)
    lost_id, _, _ = shop.serve(shop.a, member_id, 5_000)  # pays 15.00 of stored value
    lost_receipt = shop.a.sale_of(lost_id)[0].receipt_number
    disks.go_back(shop.a, photo, anchor_too=anchor_too)

    assert shop.a.ledger.frozen() == (None if anchor_too else "anchor_ahead")
    shop.serve(shop.a, None, 700)  # cash goes on
    speak(shop.a)
    frozen = shop.a.ledger.frozen()
    assert frozen is not None
    with pytest.raises(Refusal, match="rights_frozen"):
        shop.a.ledger._guard().allow_spending()
    shop.a.top_up(member_id, 2_000)  # paying in goes on too
    speak(shop.a)
    assert shop.a.ledger.sync_state().waiting_entries == 0, "the branch is at HQ before anybody has allowed anything"
    assert shop.a.ledger.head().epoch == 1

    heal(shop.a)

    assert (shop.a.ledger.frozen(), shop.a.ledger.head().epoch) == (None, 2)
    assert {"exposure", frozen} <= set(notes(shop))
    assert disagreements(disks, *shop.tills) == []
    assert shop.balance(member_id)[0] == 10_000 + 2_000 - 1_500
    lost = shop.a.ledger.sale_by_receipt(lost_receipt)
    assert lost is not None
    assert (lost.epoch, shop.a.ledger.entry_by_business_id(lost_id)) == (1, None)
    assert [entry.entry_type for entry in shop.a.ledger.lost_entries(("sale",))] == ["sale"]
    _, paid_fen, _ = shop.serve(shop.a, member_id, 5_000)
    assert paid_fen == 1_485, "and it spends again: 30 % of what the points leave"
    shop.heal()
    assert disagreements(disks, *shop.tills) == []
    assert lost_money_fen(shop) == 0


def test_what_was_spent_twice_before_the_first_word_is_a_named_loss_and_cannot_be_lent(disks_on_each: Disks) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = morning(disks)
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=True)
    photo = disks.photograph(shop.a)
    shop.plug(shop.a, pulled=True)
    shop.a.sell((row(30_000),), member_id, basket, coupon_wanted=False)  # 90.00 of the 100.00
    shop.plug(shop.a, pulled=False)
    shop.a.sync(pull=False)
    disks.go_back(shop.a, photo, anchor_too=True)
    shop.plug(shop.a, pulled=True)
    shop.a.sell((row(30_000),), member_id, None, coupon_wanted=False)  # the same 90.00 again
    shop.plug(shop.a, pulled=False)

    speak(shop.a)
    speak(shop.a)
    heal(shop.a)

    assert "overspent" in notes(shop)
    assert "clone" not in notes(shop), "one machine, whose disk went back"
    assert lost_money_fen(shop) == 8_000
    assert shop.balance(member_id)[0] == 0
    assert disagreements(disks, *shop.tills) == []


def test_two_live_copies_are_noticed_and_who_is_healed_first_goes_on(disks_on_each: Disks) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = morning(disks)
    twin = disks.copy_of(shop.a, disks.photograph(shop.a))
    for till in (shop.a, twin, shop.a, twin):
        till.sell((row(900),), None, None, coupon_wanted=False)
        speak(till)
    assert None not in (shop.a.ledger.frozen(), twin.ledger.frozen()), "both know"
    assert notes(shop).count("clone") == 1, "somebody has to look for the second machine"
    assert trouble_of(shop, shop.a) == "clone"

    heal(twin)
    assert (twin.ledger.frozen(), twin.ledger.head().epoch) == (None, 2)
    shop.a.sell((row(800),), None, None, coupon_wanted=False)
    shop.a.top_up(member_id, 3_000)
    assert speak(shop.a) == ""

    assert shop.a.ledger.frozen() == "epoch_closed"
    assert shop.a.ledger.sync_state().waiting_entries == 0, "its sales are facts all the same"
    with pytest.raises(Refusal, match="enrol_again"):
        shop.a.ledger.allow_new_epoch(YES)
    assert "closed_epoch" in notes(shop)
    assert shop.balance(member_id)[0] == 13_000
    assert disagreements(disks, shop.a, shop.b, twin) == []
    assert twin.ledger.frozen() is None, "an old copy does not disturb the one that goes on"
    _, paid_fen, _ = shop.serve(twin, member_id, 5_000)
    assert paid_fen == 1_500
    shop.a.top_up(member_id, 400)
    speak(shop.a)
    twin.sync(pull=True)
    figure = twin.figure(member_id)
    assert figure.principal_fen + figure.bonus_fen == shop.balance(member_id)[0], "no entry is counted twice"
    assert disagreements(disks, shop.a, shop.b, twin) == []
    assert lost_money_fen(shop) == 0


def test_the_copy_that_was_shut_out_comes_back_by_a_code_and_shuts_out_the_other(disks: Disks) -> None:
    shop = disks.shop
    member_id = morning(disks)
    twin = disks.copy_of(shop.a, disks.photograph(shop.a))
    for till in (shop.a, twin, shop.a, twin):
        till.sell((row(900),), None, None, coupon_wanted=False)
        speak(till)
    heal(twin)
    speak(shop.a)

    code = shop.hq.desk.run(lambda work: enrolment.new_code(work, till_id_of(shop.a), "boss")).code
    shop.a.sell((row(600),), None, None, coupon_wanted=False)
    shop.a.ledger.close()
    again = disks.enrolled_again(shop.a, code, shop.a.ledger.folder.parent)
    assert (again.ledger.frozen(), again.ledger.head().epoch) == (None, 3)
    assert speak(again) == ""

    assert speak(twin) == "till_revoked"
    assert twin.ledger.frozen() == "till_revoked"
    _, paid_fen, _ = shop.serve(again, member_id, 5_000)
    assert paid_fen == 1_500
    twin.sell((row(500),), None, None, coupon_wanted=False)
    assert speak(twin) == "till_revoked", "kept aside; a hello is refused"
    accepted = shop.hq.desk.run(lambda work: kept.accept(work, till_id_of(shop.a), "boss"))
    assert (accepted.entries, accepted.batches_left) == (2, 0), "the sale, and the rights it had taken over"
    disks.remember(twin)
    assert disagreements(disks, again, shop.b) == []


def test_an_old_disk_that_comes_back_brings_its_facts_and_no_rights(disks_on_each: Disks) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = morning(disks)
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=True)  # 100.00 are here to be spent
    found = disks.lose_disk(shop.a)
    till_id = till_id_of(shop.a)
    code = shop.hq.desk.run(lambda work: enrolment.new_code(work, till_id, "boss", disk_gone=True)).code
    new = disks.enrolled_again(shop.a, code)
    assert speak(new) == ""
    assert (new.ledger.head().epoch, "exposure" in notes(shop)) == (2, True)
    _, paid_fen, _ = shop.serve(new, member_id, 20_000)
    assert paid_fen == 6_000

    old = disks.old_disk(shop.a, found)
    old.sell((row(20_000),), member_id, basket, coupon_wanted=False)  # 60.00 a second time
    old.top_up(member_id, 500)
    assert speak(old) == "till_revoked"
    assert speak(old) == "till_revoked"
    assert shop.balance(member_id)[0] == 4_000, "kept aside counts nowhere"
    shop.hq.desk.run(lambda work: kept.accept(work, till_id, "boss"))

    assert {"kept_aside", "under_revoked_key", "overspent"} <= set(notes(shop))
    assert lost_money_fen(shop) == 6_000
    assert shop.balance(member_id)[0] == 4_000 + 500
    disks.remember(old)
    assert disagreements(disks, new, shop.b) == []


def test_a_lost_till_is_written_off_and_when_it_returns_its_facts_are_taken(disks_on_each: Disks) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = morning(disks)
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=True)
    shop.plug(shop.a, pulled=True)
    till_id = till_id_of(shop.a)
    desk = shop.hq.desk

    with pytest.raises(Refusal, match="till_not_revoked"):
        desk.run(lambda work: write_off.write_off(work, till_id, "boss"))
    desk.run(lambda work: tills.revoke(work, till_id))
    shop.clock.advance(21 * DAY_MS)
    with pytest.raises(Refusal, match="till_seen_recently"):
        desk.run(lambda work: write_off.write_off(work, till_id, "boss"))
    shop.clock.advance(2 * DAY_MS)
    with desk.read() as connection:
        told = write_off.effect(connection, till_id)
    assert (told.exposure.principal_fen, told.exposure.members, told.revoked) == (10_000, 1, True)
    desk.run(lambda work: write_off.write_off(work, till_id, "boss"))
    with pytest.raises(Refusal, match="till_written_off"):
        desk.run(lambda work: write_off.write_off(work, till_id, "boss"))
    _, paid_fen, _ = shop.serve(shop.b, member_id, 20_000)
    assert paid_fen == 6_000, "it is home, and can be spent elsewhere"

    shop.plug(shop.a, pulled=False)
    shop.a.ledger._time.lease_days = 100  # a till whose clock had stood still
    shop.a.sell((row(20_000),), member_id, basket, coupon_wanted=False)
    assert speak(shop.a) == "till_revoked"
    assert speak(shop.a) == "till_revoked"
    code = desk.run(lambda work: enrolment.new_code(work, till_id, "boss")).code
    shop.a.ledger.close()
    again = disks.enrolled_again(shop.a, code, shop.a.ledger.folder.parent)
    assert speak(again) == ""

    assert {"exposure", "overspent", "closed_epoch"} <= set(notes(shop))
    assert lost_money_fen(shop) == 6_000
    assert shop.balance(member_id)[0] == 4_000
    assert disagreements(disks, again, shop.b) == []


def test_a_till_whose_key_was_taken_away_by_mistake_delivers_everything_under_its_new_one(disks: Disks) -> None:
    shop = disks.shop
    member_id = morning(disks)
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=True)
    shop.hq.desk.run(lambda work: tills.revoke(work, till_id_of(shop.a)))
    shop.a.sell((row(5_000),), member_id, basket, coupon_wanted=False)
    assert speak(shop.a) == "till_revoked"
    with pytest.raises(Refusal, match="rights_frozen"):
        shop.a.ledger._guard().allow_spending()

    code = shop.hq.desk.run(lambda work: enrolment.new_code(work, till_id_of(shop.a), "boss")).code
    shop.a.ledger.close()
    again = disks.enrolled_again(shop.a, code, shop.a.ledger.folder.parent)
    assert again.ledger.sync_state().waiting_entries > 1
    assert speak(again) == ""

    assert (again.ledger.frozen(), again.ledger.head().epoch, again.ledger.owed()) == (None, 2, None)
    assert shop.balance(member_id)[0] == 10_000 - 1_500
    assert lost_money_fen(shop) == 0
    assert disagreements(disks, again, shop.b) == []
    assert "exposure" in notes(shop), "what it held came home when its book was whole at HQ"


def test_what_is_kept_aside_prolongs_no_lease(disks: Disks) -> None:
    shop = disks.shop
    morning(disks)
    shop.hq.desk.run(lambda work: tills.revoke(work, till_id_of(shop.a)))
    shop.clock.advance(5 * DAY_MS)
    before_ms = shop.a.ledger.lease_left_ms()
    shop.a.sell((row(500),), None, None, coupon_wanted=False)
    assert (speak(shop.a), speak(shop.a)) == ("till_revoked", "till_revoked")
    with shop.hq.desk.read() as connection:
        assert kept.waiting(connection, till_id_of(shop.a))[0] == 1

    assert shop.a.ledger.lease_left_ms() <= before_ms


def test_sales_while_the_answer_that_opens_the_epoch_is_on_its_way(disks: Disks) -> None:
    shop = disks.shop
    member_id = morning(disks)
    photo = disks.photograph(shop.a)
    shop.serve(shop.a, None, 700)
    disks.go_back(shop.a, photo, anchor_too=False)
    speak(shop.a)
    shop.a.ledger.allow_new_epoch(YES)
    shop.wires["A"].next_faults.extend(["", "lose_answer"])
    speak(shop.a)
    assert shop.a.ledger.head().epoch == 1

    shop.a.sell((row(300),), None, None, coupon_wanted=False)
    shop.a.top_up(member_id, 1_000)
    assert speak(shop.a) == ""

    assert (shop.a.ledger.frozen(), shop.a.ledger.head().epoch, shop.a.ledger.owed()) == (None, 2, None)
    assert "closed_epoch" not in notes(shop), "they are nobody else's"
    assert shop.balance(member_id)[0] == 11_000
    assert disagreements(disks, *shop.tills) == []


def test_hq_may_take_the_managers_step(disks: Disks) -> None:
    shop = disks.shop
    morning(disks)
    photo = disks.photograph(shop.a)
    shop.serve(shop.a, None, 700)
    till_id = till_id_of(shop.a)
    with pytest.raises(Refusal, match="nothing_to_heal"):
        shop.hq.desk.run(lambda work: healing.open_epoch(work, till_id, "boss"))
    disks.go_back(shop.a, photo, anchor_too=True)
    speak(shop.a)
    assert shop.a.ledger.frozen() == "stale"

    shop.hq.desk.run(lambda work: healing.open_epoch(work, till_id, "boss"))
    assert shop.a.ledger.head().epoch == 1, "at its next word"
    speak(shop.a)

    assert (shop.a.ledger.frozen(), shop.a.ledger.head().epoch) == (None, 2)
    assert disagreements(disks, *shop.tills) == []


@pytest.mark.parametrize("seed", range(3))
def test_healing_in_a_storm(disks: Disks, seed: int) -> None:
    shop = disks.shop
    member_id = morning(disks)
    photo = disks.photograph(shop.a)
    shop.serve(shop.a, member_id, 5_000)
    disks.go_back(shop.a, photo, anchor_too=seed % 2 == 0)
    shop.wires["A"].storm = 0.4
    for step in range(40):
        shop.clock.advance(60_000)
        shop.a.sell((row(100 + step),), None, None, coupon_wanted=False)
        if shop.a.ledger.frozen() and step > 10 and not shop.a.ledger.new_epoch_approvals():
            shop.a.ledger.allow_new_epoch(YES)
        if step % 7 == seed:
            shop.a.engine = shop.a._new_engine()
        shop.a.engine.run_once(pull=False)
    shop.wires["A"].storm = 0.0
    shop.heal()

    assert (shop.a.ledger.frozen(), shop.a.ledger.head().epoch) == (None, 2)
    assert disagreements(disks, *shop.tills) == []
    assert lost_money_fen(shop) == 0
