"""HQ restored from its backup, with real tills: all figures come back to the fen, and nothing is lent twice."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from hq_sync_server.office.healing import recovery
from hq_sync_server.office.members import forgetting
from hq_sync_server.office.upkeep import verify as hq_verify
from hq_sync_server.records import tables
from pos_client.ledger import Ledger, verify
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import load_keys
from shared_models.ids import IdSource
from tests.hq_sync_server.backups import Backup
from tests.replay.plan import TillName
from tests.replay.till import ReplayTill
from tests.together.disks import YES, Disks
from tests.together.disks import disagreements as all_at_hq
from tests.together.restored import Figures, alarms, figures, heal, id_of
from tests.together.storm import StormyWire
from tests.together.two_tills import OwnClock, TwoTills, row


@contextmanager
def third_till(shop: TwoTills) -> Iterator[ReplayTill]:
    """One more till of store B."""
    chance = random.Random(3)
    own = OwnClock(shop.clock)
    wire = StormyWire(shop.hq.api, chance)
    ids = IdSource(own, chance)
    place = shop.folder / "till-late"
    with ExitStack() as open_things:
        ledger = open_things.enter_context(Ledger.open(place / "ledger", own, ids))
        answer = enrol(wire, shop.new_code("B"), ledger, place / "keys")
        keys = load_keys(place / "keys")
        api = HqApi(wire, answer.till_id, keys.device_key, own)
        till = ReplayTill(TillName("B", 2), ledger, api, wire, keys.phone_key, own, ids, chance, Counter())
        till.sync(pull=True)
        yield till


def rights_here(till: ReplayTill, member_id: UUID) -> int:
    """Stored value and points of a member that this till may spend now."""
    figure = till.ledger.member_figure(member_id)
    return 0 if figure is None else figure.principal_here_fen + figure.bonus_here_fen + figure.points_here


def test_a_day_after_the_backup_comes_back_to_the_fen_with_a_new_till_and_a_forgotten_person(
    shop_on_each: TwoTills, tmp_path: Path
) -> None:
    shop = shop_on_each
    one, other = shop.known["12346"], shop.known["12348"]
    shop.a.top_up(one, 20_000)
    shop.serve(shop.a, one, 3_000)
    heal(shop)
    backup = Backup(shop.hq, tmp_path)

    shop.serve(shop.b, one, 10_000, coupon=True)  # what A gave back is lent to B and spent there
    shop.b.top_up(other, 5_000)
    shop.serve(shop.a, other, 4_000)
    fresh = shop.a.member_of("778", shop.people)
    shop.serve(shop.a, fresh, 10_000)
    with third_till(shop) as late:
        late.top_up(one, 7_000)
        shop.serve(late, one, 2_000)
        shop.serve(late, fresh, 1_000)
        heal(shop, late)
        shop.hq.desk.run(lambda work: forgetting.forget(work, fresh))
        heal(shop, late)
        before, noted = figures(shop), alarms(shop)

        assert backup.restore() == 2
        assert figures(shop) != before
        heal(shop, late)

        assert figures(shop) == before
        assert sorted(shop.disagreements()) == _entries_of(late)
        assert verify(late.ledger.folder).ok
        with shop.hq.desk.read() as connection:
            assert recovery.state(connection) is None
            assert hq_verify.verify(connection).faults == ()
            status = connection.scalar(select(tables.members.c.status).where(tables.members.c.member_id == fresh))
        assert status == "forgotten"
        assert alarms(shop) == noted, "nothing had to be made good, nothing was overspent"
        for till in (*shop.tills, late):
            assert till.ledger.mirror_cursor().hq_epoch == 2
            row_here = till.ledger.member_row(fresh)
            assert row_here is None or not row_here.name
            assert till.ledger.frozen() is None
        _, paid_fen, _ = shop.serve(shop.a, one, 20_000)
        assert paid_fen > 5_000, "and rights are lent as before"


def _entries_of(till: ReplayTill) -> list[str]:
    """What `disagreements` finds too much at HQ: the entries of a till it does not know of."""
    return sorted(
        f"not the same entries: {(entry.till_id, entry.epoch, entry.seq, entry.entry_hash)}"
        for entry in till.ledger.entries_after(0, 100_000, 10**9)
    )


def test_meanwhile_a_till_spends_what_it_holds_and_nobody_is_lent_anything(shop: TwoTills, tmp_path: Path) -> None:
    member_id = shop.known["12346"]
    heal(shop)
    backup = Backup(shop.hq, tmp_path)
    shop.a.top_up(member_id, 10_000)
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=False)
    backup.restore()
    shop.plug(shop.b, pulled=True)

    shop.a.sync(pull=True)  # the feed says first that HQ is another one
    shop.a.sync(pull=False)
    told = shop.a.engine.state
    paid_at_a = shop.a.sell((row(10_000),), member_id, basket, coupon_wanted=False).paid.stored_fen
    shop.a.sync(pull=False)
    kept = rights_here(shop.a, member_id)
    shop.plug(shop.b, pulled=False)
    shop.plug(shop.a, pulled=True)
    _, paid_at_b, _ = shop.serve(shop.b, member_id, 10_000)

    assert told.hq_recovering
    assert told.online
    assert paid_at_a == 3_000
    assert kept >= 7_000, "it stays here: HQ could lend it to nobody"
    assert paid_at_b == 0
    heal(shop)
    assert shop.disagreements() == []
    assert not shop.a.engine.state.hq_recovering
    _, paid_at_b, _ = shop.serve(shop.b, member_id, 10_000)
    assert paid_at_b > 2_500, "everybody was heard: A gave it back, B was lent it"
    assert shop.balance(member_id)[0] == 7_000 - paid_at_b


def test_a_till_that_is_killed_in_the_middle_of_its_report_says_it_again(shop: TwoTills, tmp_path: Path) -> None:
    backup = Backup(shop.hq, tmp_path)
    for member_id in shop.known.values():
        shop.a.top_up(member_id, 10_000)
    shop.a.sync(pull=False)
    before = figures(shop)
    backup.restore()

    for step in range(6):
        shop.wires["A"].next_faults.extend([""] * step + ["lose_answer"])
        shop.a.engine.run_once(pull=False)
        shop.a.engine = shop.a._new_engine()
        shop.wires["A"].next_faults.clear()
    heal(shop)

    assert figures(shop) == before
    assert shop.disagreements() == []
    assert shop.a.ledger.frozen() is None


@pytest.mark.parametrize("seed", range(4))
def test_stormy_days_with_hq_restored_in_the_middle(shop: TwoTills, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for wire in shop.wires.values():
        wire.storm = 0.25
    backup: Backup | None = None
    for step in range(60):
        shop.clock.advance(chance.randint(1_000, 2 * 3_600_000))
        till = chance.choice(shop.tills)
        member_id = till.member_of(chance.choice([*shop.known, "31", "33"]), shop.people)
        if chance.random() < 0.15:
            shop.plug(till, pulled=not till.wire.down)
        if chance.random() < 0.5:
            till.top_up(member_id, chance.randint(1_000, 50_000))
        shop.serve(till, member_id, chance.randint(100, 20_000), coupon=chance.random() < 0.5)
        if step == 20:
            backup = Backup(shop.hq, tmp_path)
        if step in (40, 50) and backup is not None:
            backup.restore()

    heal(shop)

    assert shop.disagreements() == []
    with shop.hq.desk.read() as connection:
        assert recovery.state(connection) is None
        exposed = connection.scalars(select(tables.subject_lots.c.exposed)).all()
    assert sum(exposed) == 0
    assert set(alarms(shop)) <= {"stale_inputs"}
    assert all(balance >= 0 for balance, _ in (shop.balance(member_id) for member_id in shop.known.values()))
    assert _told_by_tills(shop) == figures(shop)


def _told_by_tills(shop: TwoTills) -> Figures:
    """Every balance as the sum of what both tills' own postings say, and HQ's unions moved."""
    with shop.hq.desk.read() as connection:
        postings, entries = tables.postings.c, tables.entries.c
        query = select(postings.subject, postings.lot, postings.account, postings.amount).join(
            tables.entries, entries.entry_id == postings.entry_id
        )
        sums: Figures = {}
        for subject, lot, account, amount in connection.execute(query.where(postings.subject.is_not(None))):
            key, sign = ((subject, lot), -1) if lot else ((subject, account), 1)
            sums[key] = sums.get(key, 0) + sign * amount
    return {key: amount for key, amount in sums.items() if amount}


@pytest.mark.parametrize("times", [1, 2])
def test_epochs_that_hq_opened_after_the_backup_are_opened_again_and_delivered_whole(
    disks_on_each: Disks, tmp_path: Path, times: int
) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = shop.known["12346"]
    shop.a.top_up(member_id, 10_000)
    photo = disks.photograph(shop.a)
    shop.serve(shop.a, member_id, 3_000)  # HQ has it, the disk will not
    backup = Backup(shop.hq, tmp_path)
    disks.go_back(shop.a, photo, anchor_too=True)
    shop.a.sell((row(800),), None, None, coupon_wanted=False)
    for _ in range(2):
        shop.a.engine.push_soon()
        shop.a.engine.run_once()
    for _ in range(times):
        shop.a.ledger.allow_new_epoch(YES)
        shop.a.engine.push_soon()
        shop.a.engine.run_once()
        assert shop.a.ledger.frozen() is None
        shop.serve(shop.a, member_id, 1_000)
        shop.a.top_up(member_id, 500)
        shop.a.sync(pull=True)
        if shop.a.ledger.head().epoch <= times:
            shop.a.ledger.freeze("clone")
            shop.a.engine.push_soon()
            shop.a.engine.run_once()
    assert shop.a.ledger.head().epoch == times + 1
    heal(shop)
    before = figures(shop)

    backup.restore()
    heal(shop)

    assert figures(shop) == before
    assert all_at_hq(disks, *shop.tills) == []
    with shop.hq.desk.read() as connection:
        assert recovery.state(connection) is None
        heads = tables.heads.c
        states = connection.execute(
            select(heads.epoch, heads.status).where(heads.till_id == id_of(shop.a)).order_by(heads.epoch)
        ).all()
    assert [tuple(each) for each in states] == [(n, "sealed") for n in range(1, times + 1)] + [(times + 1, "open")]
    _, paid_fen, _ = shop.serve(shop.b, member_id, 5_000)
    assert paid_fen > 1_000


def branch_that_no_backup_has(disks: Disks, folder: Path) -> Backup:
    """A's disk went back, A is frozen and has delivered what it sold since; HQ's backup has what that disk lost."""
    shop = disks.shop
    member_id = shop.known["12346"]
    shop.a.top_up(member_id, 10_000)
    photo = disks.photograph(shop.a)
    shop.serve(shop.a, member_id, 3_000)
    backup = Backup(shop.hq, folder)
    disks.go_back(shop.a, photo, anchor_too=False)
    for _ in range(10):  # more than was lost
        shop.a.sell((row(800),), None, None, coupon_wanted=False)
    shop.a.sync(pull=False)
    heal(shop)
    return backup


def test_a_till_on_a_branch_that_the_backup_lacks_delivers_it_from_the_last_entry_both_have(
    disks_on_each: Disks, tmp_path: Path
) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    backup = branch_that_no_backup_has(disks, tmp_path)
    before = figures(shop)

    backup.restore()
    heal(shop)

    assert shop.a.ledger.sync_state().waiting_entries == 0, "delivered before anybody has said yes"
    assert figures(shop) == before
    shop.a.ledger.allow_new_epoch(YES)
    heal(shop)
    assert shop.a.ledger.frozen() is None
    assert all_at_hq(disks, *shop.tills) == []
    with shop.hq.desk.read() as connection:
        assert recovery.state(connection) is None


def test_a_till_that_asks_a_restored_hq_for_its_new_epoch_does_not_ask_in_circles(
    disks_on_each: Disks, tmp_path: Path
) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    backup = branch_that_no_backup_has(disks, tmp_path)
    shop.a.ledger.allow_new_epoch(YES)

    backup.restore()
    asked = shop.a.engine.run_once(pull=False)
    heal(shop)

    assert asked.requests <= 2
    assert shop.a.ledger.frozen() is None
    assert all_at_hq(disks, *shop.tills) == []


def test_a_copy_that_was_shut_out_delivers_again_to_an_hq_put_back_without_a_word_to_before_there_were_two(
    disks_on_each: Disks, tmp_path: Path
) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    shop.a.sync(pull=True)
    backup = Backup(shop.hq, tmp_path)
    copy = disks.copy_of(shop.a, disks.photograph(shop.a))
    for machine, price_fen in ((shop.a, 1_000), (copy, 900)):
        machine.sell((row(price_fen),), None, None, coupon_wanted=False)
        machine.sync(pull=True)
    assert copy.ledger.frozen() is not None
    assert copy.ledger.sync_state().waiting_entries == 0, "what it sold was acknowledged"

    backup.put_back()  # nobody tells HQ
    for _ in range(3):
        shop.a.sync(pull=True)
        copy.sync(pull=True)
    heal(shop)

    assert all_at_hq(disks, shop.a, copy, shop.b) == []
