"""HQ heals: branches by any known entry, facts once, an epoch sealed and listed, old copies heard beside the lane."""

import copy
from uuid import UUID

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import delete, select

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import healing, write_off
from hq_sync_server.office.healing.branches import Link
from hq_sync_server.office.intake import kept
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import office_tables, tables
from shared_models import bodies
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot
from shared_models.sales import Approval, LotAmount, Tender
from shared_models.sync import ControlAnswer, HealRequest, HelloRequest, Rung
from tests.hq_sync_server.facts import sale_body, top_up
from tests.hq_sync_server.people import WireTill, member_rows, refusal_of

YES = (Approval(approval_id="a", action="new_epoch", approver_id="9"),)


def notes(hq: Hq) -> list[str]:
    table = office_tables.exceptions
    with hq.desk.read() as connection:
        codes = connection.scalars(select(table.c.code).order_by(table.c.exception_id)).all()
    return [code for code in codes if code != "not_repriced"]  # these tests' sales name no rules


def image_of(till: WireTill) -> WireTill:
    """The till as it is now, on a disk of its own, with the same key."""
    image = copy.copy(till)
    image.entries, image.attachments = list(till.entries), list(till.attachments)
    return image


def frozen_hello(till: WireTill, frozen: str, ladder: tuple[Rung, ...] = ()) -> ControlAnswer:
    return till.control("hello", HelloRequest(lane=structs.replace(till.position(), frozen=frozen), ladder=ladder))


def push_branch(till: WireTill) -> ControlAnswer:
    return till.control("entries", structs.replace(till.batch(), branch=True))


def heal(till: WireTill, approvals: tuple[Approval, ...] = YES) -> ControlAnswer:
    return till.control("heal", HealRequest(lane=till.position(), reason="rollback", approvals=approvals))


def stand_at(till: WireTill, seq: int) -> None:
    """The till knows HQ up to here, whatever HQ's last answer named as its head."""
    till.acked_seq, till.acked_hash = seq, till.entries[seq - 1].entry_hash


def outside_of(hq: Hq, member: UUID) -> tuple[int, int, int]:
    """(F, sum of O, sum of L) over a member's lots."""
    lots, holders = tables.subject_lots.c, tables.holders.c
    with hq.desk.read() as connection:
        free = sum(connection.scalars(select(lots.free).where(lots.subject == member)))
        rows = connection.execute(select(tables.holders).where(holders.subject == member)).all()
    out = sum(
        row.granted + row.credited + row.risk + row.loss - row.spent - row.released - row.taken_back for row in rows
    )
    return free, out, sum(row.loss for row in rows)


@pytest.fixture
def member(hq: Hq, till_a: WireTill) -> UUID:
    """Somebody who has paid in 50.00 at till A, delivered."""
    member = hq.desk.ids.new_id()
    top_up(till_a, member, 5_000)
    till_a.push()
    return member


@pytest.fixture
def went_back(till_a: WireTill, member: UUID) -> tuple[WireTill, UUID]:
    """Till A after it lost a delivered top-up of 7.00, and the lost one's id; HQ has told it so."""
    image = image_of(till_a)
    lost_id = top_up(till_a, member, 700)
    till_a.push()
    image.number = till_a.number
    answer = image.hello()
    assert (answer.outcome, answer.common_seq, answer.common_hash) == ("rollback", 2, image.head_hash)
    image.acked_seq, image.acked_hash = answer.common_seq, answer.common_hash
    return image, lost_id


def test_a_branch_is_taken_after_any_known_entry_and_its_facts_once(
    hq: Hq, went_back: tuple[WireTill, UUID], member: UUID
) -> None:
    till, lost_id = went_back
    till.append(sale_body(till, 900))
    same_id = bodies.TopUp(
        head=till.head(member, business_id=lost_id),
        receipt_number="T9",
        member_id=member,
        principal_fen=999,
        bonus_fen=0,
        tenders=(Tender(kind="cash", amount_fen=999),),
    )
    till.append(same_id)

    answer = push_branch(till)

    assert (answer.outcome, answer.acked_seq, answer.trouble) == ("ok", 4, "rollback")
    assert [verdict.code for verdict in answer.verdicts] == ["not_repriced", "business_id_twice"]
    assert outside_of(hq, member) == (0, 5_700, 0), "the first taken counts"
    assert push_branch_again_is_nothing(till)


def push_branch_again_is_nothing(till: WireTill) -> bool:
    stand_at(till, 2)
    answer = push_branch(till)
    return (answer.outcome, answer.acked_seq, answer.verdicts) == ("ok", 4, ())


def test_a_plain_batch_on_another_branch_is_a_fork_and_changes_nothing(
    hq: Hq, went_back: tuple[WireTill, UUID], member: UUID
) -> None:
    till, _ = went_back
    till.append(sale_body(till, 900))
    till.append(sale_body(till, 901))
    plain = till.batch()

    answer = till.control("entries", plain)

    assert answer.outcome in ("fork", "resend_from")
    with hq.desk.read() as connection:
        assert len(connection.execute(select(tables.entries.c.seq).where(tables.entries.c.seq == 4)).all()) == 0


def test_a_branch_that_hangs_on_nothing_is_a_fork_without_a_common_entry(till_a: WireTill, member: UUID) -> None:
    till_a.append(sale_body(till_a, 900))
    till_a.append(sale_body(till_a, 901))
    batch = till_a.batch()
    hanging = structs.replace(batch, first_seq=4, prev_hash=batch.entries[0].entry_hash, entries=batch.entries[1:])
    answer = till_a.control("entries", structs.replace(hanging, branch=True))
    assert (answer.outcome, answer.common_seq) == ("fork", -1)


def test_the_ladder_finds_a_common_entry_when_the_acknowledged_one_is_unknown(till_a: WireTill, member: UUID) -> None:
    known = [Rung(seq=one.seq, entry_hash=one.entry_hash) for one in till_a.entries]
    till_a.acked_hash = bytes(32)
    answer = frozen_hello(till_a, "fork", (Rung(seq=9, entry_hash=bytes(32)), *known))
    assert (answer.outcome, answer.common_seq, answer.common_hash) == ("fork", 2, known[1].entry_hash)


@pytest.mark.parametrize("code", ["anchor_ahead", "restored_copy", "stale"])
def test_what_the_till_knows_of_itself_freezes_it_at_hq_too_and_is_said_once(
    hq: Hq, till_a: WireTill, member: UUID, code: str
) -> None:
    for _ in range(2):
        answer = frozen_hello(till_a, code)
        assert (answer.outcome, answer.trouble) == ("ok", code)
    assert till_a.ask(member).refusal == "rights_frozen"
    assert notes(hq) == [code]
    assert frozen_hello(till_a, "no such word").trouble == code


def test_a_new_epoch_needs_trouble_an_approval_and_everything_at_hq(
    hq: Hq, till_a: WireTill, member: UUID, went_back: tuple[WireTill, UUID]
) -> None:
    till, _ = went_back
    assert heal(till, ()).refusal == "approval_missing"
    till.append(sale_body(till, 900))
    stand_at(till, 2)
    told = heal(till)
    assert (told.outcome, told.common_seq) == ("fork", 2), "the last sale is not here"
    stand_at(till, 2)
    push_branch(till)

    answer = heal(till)

    assert (answer.outcome, answer.opened_epoch, answer.acked_seq, answer.trouble) == ("ok", 2, 0, "")
    assert "exposure" in notes(hq)
    assert outside_of(hq, member) == (5_700, 0, 0), "the rest came home, of both branches"


def test_a_sound_till_has_nothing_to_heal(hq: Hq, till_a: WireTill, member: UUID) -> None:
    assert heal(till_a).refusal == "nothing_to_heal"
    with pytest.raises(Refusal, match="nothing_to_heal"):
        hq.desk.run(lambda work: healing.open_epoch(work, till_a.till_id, "boss"))
    with pytest.raises(Refusal, match="till_unknown"):
        hq.desk.run(lambda work: healing.open_epoch(work, UUID(int=5), "boss"))


def test_after_the_seal_a_late_spend_is_a_loss_and_a_late_credit_comes_home(
    hq: Hq, till_a: WireTill, member: UUID, went_back: tuple[WireTill, UUID]
) -> None:
    till, _ = went_back
    old = image_of(till)
    heal(till)
    numbers_before = _last_number(hq, till)
    lot = principal_lot(UUID(hex=_lot_of(hq, member)))
    old.append(sale_body(old, 2_000, member_id=member, stored=[LotAmount(member, lot, 2_000)]))
    top_up(old, member, 300)
    old.release(LotAmount(member, lot, 1_000))

    answer = push_branch(old)

    assert (answer.outcome, answer.opened_epoch, answer.common_seq) == ("closed", 2, 5), answer.verdicts
    assert {verdict.code for verdict in answer.verdicts} >= {"closed_epoch", "overspent"}
    assert {"closed_epoch", "overspent", "release_clipped"} <= set(notes(hq))
    free, out, loss = outside_of(hq, member)
    assert (free, out, loss) == (5_700 + 300, 0, 2_000), "L, never C: what was lost cannot be lent"
    assert _last_number(hq, till) == numbers_before, "an old copy uses up no number"
    heads = tables.heads.c
    with hq.desk.read() as connection:
        asked = select(heads.seq, heads.genesis_hash).where(heads.till_id == till.till_id).order_by(heads.epoch)
        (sealed_seq, _), (seq, genesis_hash) = connection.execute(asked).all()
    assert (sealed_seq, seq, bytes(genesis_hash)) == (2, 0, till.head_hash), "nor does it write the sealed end anew"
    assert old.ask(member).outcome == "closed"
    assert old.hello().outcome == "closed"


def test_coupons_of_a_sealed_epoch_are_hqs_again_under_a_newer_version(
    hq: Hq, till_a: WireTill, stores: list[StoreRow]
) -> None:
    member = hq.desk.ids.new_id()
    template = coupons.CouponTemplate(template_id="off", name="off", kind="amount_off", amount_fen=100, valid_days=30)
    top_up(till_a, member, 100)
    till_a.push()
    hq.desk.run(lambda work: coupons.save_template(work, template))
    (token,) = hq.desk.run(lambda work: coupons.issue(work, template, [member]))
    till_a.adopt(till_a.ask(member))
    till_a.push()
    frozen_hello(till_a, "stale")
    heal(till_a)

    with hq.desk.read() as connection:
        row = connection.execute(select(tables.tokens).where(tables.tokens.c.token == token)).one()
    assert (row.owner_till_id, row.version) == (None, 2)


def test_lost_entries_are_told_page_by_page(hq: Hq, went_back: tuple[WireTill, UUID]) -> None:
    till, _ = went_back
    till.append(sale_body(till, 900))
    push_branch(till)
    heal(till)
    end = till.entries[-1]

    with hq.desk.read() as connection:
        found = tills.find(connection, till.till_id)
        assert found is not None
        page = healing.history(connection, found, 1, Link(end.seq, end.entry_hash), 0)
        rest = healing.history(connection, found, 1, Link(end.seq, end.entry_hash), page.after)
        nothing_known = healing.history(connection, found, 1, Link(0, bytes(32)), 0)
    assert [(one.entry.seq, one.entry.entry_type) for one in page.entries] == [(3, "top_up")]
    assert (page.more, rest.entries) == (False, ())
    assert len(nothing_known.entries) == 4
    other = till.send("GET", "/v1/history?epoch=1&seq=x&hash=zz&after=0", b"")
    assert (other.status, refusal_of(other).code) == (400, "malformed")


def test_an_adoption_that_is_none_is_named_when_its_entry_arrives(hq: Hq, till_a: WireTill, member: UUID) -> None:
    lot = principal_lot(UUID(hex=_lot_of(hq, member)))
    till_a.release(LotAmount(member, lot, 5_000))
    till_a.push()
    given = till_a.ask(member)
    assert given.grants
    till_a.append(sale_body(till_a, 100))
    till_a.adopted_request, till_a.adopted_seq = given.grant_request, len(till_a.entries)
    assert till_a.push().outcome == "ok"
    assert notes(hq) == ["adoption_not_found"]


def test_a_true_adoption_raises_nothing(hq: Hq, till_a: WireTill, member: UUID) -> None:
    lot = principal_lot(UUID(hex=_lot_of(hq, member)))
    till_a.release(LotAmount(member, lot, 5_000))
    till_a.push()
    till_a.adopt(till_a.ask(member))
    till_a.hello()
    till_a.append(sale_body(till_a, 100))
    till_a.push()
    assert notes(hq) == []


def test_two_copies_one_after_the_other_both_deliver(hq: Hq, till_a: WireTill, member: UUID) -> None:
    twin = image_of(till_a)
    for amount in (100, 200, 300):
        for till in (till_a, twin):
            till.append(sale_body(till, amount + (till is twin)))
            till.number = _last_number(hq, till)
            push_branch(till)
    frozen_hello(twin, "clone")
    heal(twin)
    with hq.desk.read() as connection:
        rows = connection.execute(select(tables.entries.c.seq).where(tables.entries.c.till_id == till_a.till_id)).all()
    assert len(rows) == 2 + 6
    assert till_a.hello().outcome == "closed"


def test_a_copy_that_fell_behind_does_not_take_back_what_a_members_row_includes(
    hq: Hq, till_a: WireTill, member: UUID
) -> None:
    twin = image_of(till_a)
    for till, times in ((till_a, 3), (twin, 1)):
        for _ in range(times):
            top_up(till, member, 100)
        till.number = _last_number(hq, till)
        push_branch(till)

    row = member_rows(till_a.changes().rows)[member]

    assert [(mark.epoch, mark.seq) for mark in row.marks] == [(1, len(till_a.entries))]


def test_verify_finds_a_link_of_a_lost_branch_that_is_gone(
    hq: Hq, till_a: WireTill, went_back: tuple[WireTill, UUID], breaks_books: None
) -> None:
    till, _ = went_back
    for amount in (900, 901):
        till.append(sale_body(till, amount))
    push_branch(till)
    heal(till)
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()
    with hq.desk.database.write() as connection:
        entries = tables.entries
        connection.execute(delete(entries).where(entries.c.entry_hash == till.entries[2].entry_hash))
    with hq.desk.read() as connection:
        found = {fault.code for fault in verify.verify(connection).faults}
    assert {"chain_broken", "batch_missing"} <= found


def test_only_whole_batches_of_the_tills_own_are_kept_aside_and_not_without_end(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    hq.desk.run(lambda work: tills.revoke(work, till_a.till_id))
    hello = msgspec.msgpack.encode(HelloRequest(lane=till_a.position()))
    assert refusal_of(till_a.send("POST", "/v1/hello", hello)).code == "till_revoked"
    till_a.append(sale_body(till_a, 100))
    batch = till_a.batch()
    torn = structs.replace(batch, signature=bytes(64))
    assert till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(torn)).status == 401
    foreign = structs.replace(batch, lane=structs.replace(batch.lane, till_id=till_b.till_id))
    assert till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(foreign)).status == 401
    for _ in range(2):
        answer = till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(batch))
        assert msgspec.msgpack.decode(answer.body, type=ControlAnswer).outcome == "kept"
    with hq.desk.read() as connection:
        assert kept.waiting(connection, till_a.till_id) == (1, 1)
    monkeypatch.setattr(kept, "KEPT_BATCHES_MAX", 1)
    till_a.append(sale_body(till_a, 200))
    assert till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(till_a.batch())).status == 401

    with pytest.raises(Refusal, match="nothing_kept"):
        hq.desk.run(lambda work: kept.accept(work, till_b.till_id, "boss"))
    accepted = hq.desk.run(lambda work: kept.accept(work, till_a.till_id, "boss"))
    assert (accepted.entries, accepted.batches_left) == (1, 0)
    assert {"kept_aside", "under_revoked_key"} <= set(notes(hq))


def test_a_batch_kept_aside_that_hangs_on_nothing_stays_aside(hq: Hq, till_a: WireTill, member: UUID) -> None:
    till_a.append(sale_body(till_a, 100))
    till_a.acked_seq = 3
    till_a.append(sale_body(till_a, 200))
    hq.desk.run(lambda work: tills.revoke(work, till_a.till_id))
    assert till_a.control("entries", till_a.batch()).outcome == "kept"
    accepted = hq.desk.run(lambda work: kept.accept(work, till_a.till_id, "boss"))
    assert (accepted.entries, accepted.batches_left) == (0, 1)


def test_who_was_never_heard_is_counted_from_its_enrolment(hq: Hq, stores: list[StoreRow]) -> None:
    silent = WireTill.enrolled(hq, stores[0].store_id)
    hq.desk.run(lambda work: tills.revoke(work, silent.till_id))
    with hq.desk.read() as connection:
        told = write_off.effect(connection, silent.till_id)
    assert told.possible_from_ms > hq.desk.clock.now_ms()
    with pytest.raises(Refusal, match="till_seen_recently"):
        hq.desk.run(lambda work: write_off.write_off(work, silent.till_id, "boss"))


def _last_number(hq: Hq, till: WireTill) -> int:
    lanes = tables.lanes.c
    with hq.desk.read() as connection:
        return connection.scalar(select(lanes.last_number).where(lanes.till_id == till.till_id)) or 0


def _lot_of(hq: Hq, member: UUID) -> str:
    """The id of the member's first top-up."""
    lots = tables.member_lots.c
    with hq.desk.read() as connection:
        found = connection.scalars(select(lots.lot).where(lots.member_id == member).order_by(lots.lot)).all()
    return str(found[0]).split(":")[1]
