"""HQ restored from its backup: it is noticed, lost tills come back, who was forgotten or revoked stays so."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import enrolment, lost_tills, recovery
from hq_sync_server.office.members import forgetting
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import tables
from shared_models import bodies
from shared_models.catalog import StoreRow
from shared_models.moments import ManualClock
from shared_models.rules import rule_hash
from shared_models.sales import Cursor
from shared_models.sync import MSGPACK, EnrolRequest, HelloRequest, ReturnAnswer, ReturnRequest
from shared_models.tokens import order_token
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import register, release_top_up, sale_body, top_up
from tests.hq_sync_server.office.test_refund_rights import ask, by_id, give_back, refund, sell
from tests.hq_sync_server.people import TODAY, WireTill, code_for, member_rows, refusal_of
from tests.hq_sync_server.reports import deliver, heal
from tests.hq_sync_server.restored import balance, exceptions, known_member, lot_at_hq, take_all


@pytest.fixture
def member(hq: Hq, stores: list[StoreRow]) -> UUID:
    """Somebody with 100.00 at HQ."""
    return known_member(hq, 10_000)


def _stopped_while_enrolling(hq: Hq, request: EnrolRequest) -> None:
    """HQ is stopped after it wrote the certificate down and before its records keep the till."""

    def stopped(work: Any) -> None:
        enrolment.enrol(work, request)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        hq.desk.run(stopped)


def _asks_with_its_key(code: str) -> EnrolRequest:
    return EnrolRequest(code=code, public_key=Ed25519PrivateKey.generate().public_key().public_bytes_raw())


@pytest.mark.parametrize("is_in_the_backup", [True, False])
def test_a_certificate_of_an_enrolment_that_hq_could_not_finish_stops_no_recovery(
    hq: Hq, stores: list[StoreRow], tmp_path: Path, is_in_the_backup: bool
) -> None:
    """The list beside the keys has it, and then the one that the till asked for once more, with the same number."""
    early = Backup(hq, tmp_path) if not is_in_the_backup else None
    asks = _asks_with_its_key(code_for(hq, stores[0].store_id))
    _stopped_while_enrolling(hq, asks)
    enrolled = hq.desk.run(lambda work: enrolment.enrol(work, asks))

    (early or Backup(hq, tmp_path)).restore()

    with hq.desk.read() as connection:
        state = recovery.state(connection)
    assert state is not None
    assert [(till.till_id, till.label) for till in state.awaited] == [(enrolled.till_id, "S1/1")]


def test_a_till_whose_number_another_one_was_given_meanwhile_comes_back_under_a_free_one(
    hq: Hq, stores: list[StoreRow], tmp_path: Path
) -> None:
    """Its records were put back without a word, as a snapshot of a machine is: the keys know nothing of it either."""
    backup = Backup(hq, tmp_path)
    lost = WireTill.enrolled(hq, stores[0].store_id)
    backup.put_back()
    (hq.desk.keys.folder / "certificates").unlink()
    given = WireTill.enrolled(hq, stores[0].store_id)

    certificate = msgspec.msgpack.encode(ReturnRequest(certificate=lost.enrolment.certificate))
    answer = lost.send("POST", "/v1/return", certificate)

    assert (answer.status, lost.enrolment.till_number, given.enrolment.till_number) == (200, 1, 1)
    with hq.desk.read() as connection:
        state = recovery.state(connection)
    assert state is not None
    assert {till.till_id: till.label for till in state.awaited} == {given.till_id: "S1/1", lost.till_id: "S1/2"}


def test_a_till_enrolled_after_the_backup_is_known_and_awaited_from_the_list_beside_the_keys(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    late = WireTill.enrolled(hq, stores[1].store_id)
    late.push()
    assert take_all(late, member) == 10_000
    late.push()

    backup.restore()
    heal(till_a)
    without_it = till_a.ask(member)
    heal(late)

    assert (without_it.grants, without_it.recovering) == ((), True)
    assert till_a.ask(member).grants == ()
    assert (lot_at_hq(hq, member), exceptions(hq)) == ((0, 0, False), [])


def test_a_till_that_is_on_no_list_comes_back_by_hq_s_own_signature(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    listed = (hq.desk.keys.folder / "certificates").read_text()
    late = WireTill.enrolled(hq, stores[1].store_id)
    late.push()
    assert take_all(late, member) == 10_000
    late.push()
    (hq.desk.keys.folder / "certificates").write_text(listed)  # an older copy of the key folder came back too

    backup.restore()
    heal(till_a)
    assert take_all(till_a, member) == 10_000, "nobody could know of the other till"
    till_a.push()
    unknown = late.send("POST", "/v1/hello", b"")
    certificate = ReturnRequest(certificate=late.enrolment.certificate)
    returned = late.send("POST", "/v1/return", msgspec.msgpack.encode(certificate))
    heal(late)

    assert refusal_of(unknown).code == "till_unknown"
    assert msgspec.msgpack.decode(returned.body, type=ReturnAnswer).hq_epoch == 2
    assert lot_at_hq(hq, member) == (0, 10_000, False)
    assert balance(hq, member) == 20_000


def test_a_till_on_no_list_tells_hq_by_its_certificate_that_it_was_restored(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], member: UUID, clock: ManualClock, tmp_path: Path
) -> None:
    """The whole machine came back from a snapshot, the key folder with it, and nobody said so. The new till has nothing
    acknowledged yet, so nothing but its certificate gives it away; another till holds what HQ would lend."""
    till_a.push()
    backup = Backup(hq, tmp_path)
    listed = (hq.desk.keys.folder / "certificates").read_text()
    clock.advance(60_000)
    late = WireTill.enrolled(hq, stores[1].store_id)
    assert take_all(till_a, member) == 10_000
    backup.put_back()
    (hq.desk.keys.folder / "certificates").write_text(listed)

    late.send("POST", "/v1/return", msgspec.msgpack.encode(ReturnRequest(certificate=late.enrolment.certificate)))
    late.push()
    asked = late.ask(member)

    assert (asked.recovering, asked.grants, hq.desk.hq_epoch()) == (True, (), 2)
    till_a.push()  # it wrote down what it was given, and has said nothing of it yet
    heal(till_a), heal(late)
    assert lot_at_hq(hq, member) == (0, 0, False)
    assert late.ask(member).grants == ()


@pytest.mark.parametrize("spoil", ["signature", "key"])
def test_nobody_comes_back_by_a_certificate_that_is_not_hq_s_or_not_their_own(
    hq: Hq, till_a: WireTill, till_b: WireTill, spoil: str
) -> None:
    certificate = bytearray(till_a.enrolment.certificate)
    if spoil == "signature":
        certificate[3] ^= 1
    sender = till_a if spoil == "signature" else till_b
    request = ReturnRequest(certificate=bytes(certificate))

    response = sender.send("POST", "/v1/return", msgspec.msgpack.encode(request), {"Content-Type": MSGPACK})

    expected = "certificate_wrong" if spoil == "signature" else "till_unknown"
    assert refusal_of(response).code == expected


def test_a_key_that_was_revoked_after_the_backup_stays_revoked(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    hq.desk.run(lambda work: tills.revoke(work, till_a.till_id))

    backup.restore()
    heal(till_b)

    assert refusal_of(till_a.send("POST", "/v1/hello", b"")).code == "till_revoked"
    certificate = msgspec.msgpack.encode(ReturnRequest(certificate=till_a.enrolment.certificate))
    assert refusal_of(till_a.send("POST", "/v1/return", certificate)).code == "till_revoked"
    with hq.desk.read() as connection:
        state = recovery.state(connection)
    assert state is not None
    assert [till.till_id for till in state.awaited] == [till_a.till_id], "somebody must excuse it"


def test_a_person_forgotten_after_the_backup_stays_forgotten_whoever_sends_what(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    known = register(till_a, "+8613800005678", card="MOLD")
    till_a.push()
    backup = Backup(hq, tmp_path)
    fresh = register(till_a, "+8613800001234", card="MNEW")
    release_top_up(till_a, fresh, top_up(till_a, fresh, 5_000), 5_000)
    till_a.push()
    hq.desk.run(lambda work: forgetting.forget(work, known))
    hq.desk.run(lambda work: forgetting.forget(work, fresh))

    backup.restore()
    heal(till_a)
    heal(till_b)

    rows = till_b.changes().rows
    assert {known, fresh} & member_rows(rows).keys() == set()
    assert {row.key for row in rows if row.kind == "member_forgotten"} == {known.hex, fresh.hex}
    with hq.desk.read() as connection:
        statuses = dict(connection.execute(select(tables.members.c.member_id, tables.members.c.status)).all())
        kept = connection.scalars(select(tables.attachments.c.content)).all()
    assert (statuses[known], statuses[fresh]) == ("forgotten", "forgotten")
    assert [one for one in kept if one is not None] == []
    assert till_b.ask(fresh).grants == ()
    assert balance(hq, fresh) == 5_000, "the nameless account lives on"


def test_restored_again_in_the_middle_everybody_is_awaited_again_under_a_higher_epoch(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    take_all(till_a, member)
    till_a.push()
    first = backup.restore()
    heal(till_a)

    second = backup.restore()
    heal(till_b)
    answer = till_b.ask(member)
    heal(till_a)

    assert (first, second) == (2, 3), "never an epoch that tills have seen already"
    assert (answer.grants, answer.recovering) == ((), True)
    assert lot_at_hq(hq, member) == (0, 0, False)


def test_a_restore_that_nobody_told_hq_of_is_noticed_at_the_first_word_of_a_till_that_lost_something(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    take_all(till_a, member)
    till_a.push()
    backup.put_back()

    answer = till_a.hello()
    asked = till_b.ask(member)

    assert (answer.outcome, answer.recovering, answer.report_wanted, answer.hq_epoch) == ("resend_from", True, True, 2)
    assert asked.grants == ()
    heal(till_a), heal(till_b)
    assert (till_b.ask(member).grants, lot_at_hq(hq, member), exceptions(hq)) == ((), (0, 0, False), [])


def test_an_epoch_that_a_till_has_seen_is_never_used_again(
    hq: Hq, till_a: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    backup.restore()
    heal(till_a)
    backup.put_back()
    (hq.desk.keys.folder / "mark").unlink()  # the key folder came back from a copy too
    lane = structs.replace(till_a.position(), hq_epoch=2)

    answer = till_a.control("hello", HelloRequest(lane=lane))

    assert (answer.hq_epoch, answer.recovering) == (3, True)
    heal(till_a)


def test_an_adoption_named_in_an_epoch_before_is_not_looked_for_in_one_that_is_opened_again(
    hq: Hq, till_a: WireTill, member: UUID
) -> None:
    """The backup was made while the entry named was still on its way."""
    till_a.push()
    till_a.adopt(till_a.ask(member))
    till_a.hello()

    hq.desk.run(lambda work: lost_tills.open_lost_epochs(work, till_a.till_id, {2: bytes(32)}))
    hq.desk.run(lambda work: lost_tills.go_on_in(work, till_a.till_id, 2))

    lanes = tables.lanes.c
    with hq.desk.read() as connection:
        claimed = connection.execute(
            select(lanes.claimed_request, lanes.claimed_seq).where(lanes.till_id == till_a.till_id)
        ).one()
    assert tuple(claimed) == (0, 0)


def test_what_was_quoted_at_a_cursor_that_hq_lost_is_not_compared(
    hq: Hq, till_a: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    kept = till_a.changes().cursor
    backup.restore()
    deliver(till_a)
    for cursor in (kept, Cursor(kept.hq_epoch, kept.position + 1)):
        sale = sale_body(till_a, 1_000, member_id=member, tier="gold", rule_hash=_some_rules(hq, till_a))
        till_a.append(structs.replace(sale, inputs=structs.replace(sale.inputs, mirror_cursor=cursor)))
    till_a.push()

    with hq.desk.read() as connection:
        entries = tables.entries.c
        codes = connection.scalars(
            select(entries.verdict_codes).where(entries.entry_type == "sale").order_by(entries.seq)
        ).all()
    assert [("tier_never_given" in each, "not_compared" in each) for each in codes] == [(True, False), (False, True)]
    heal(till_a)


def _some_rules(hq: Hq, till: WireTill) -> str:
    """The hash of rules that HQ knows for the till's store."""

    def publish(work: Any) -> str:
        rule_configs.publish_rules(work, till.enrolment.store_id, {}, effective_from="2020-01-01", author="test")
        rules = rule_configs.rules_in_force(work.connection, till.enrolment.store_id, TODAY)
        assert rules is not None
        return rule_hash(rules)

    return hq.desk.run(publish)


@pytest.mark.parametrize("first", ["who sold", "who refunded"])
def test_a_refund_at_another_till_is_known_again_whoever_is_heard_first(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path, first: str
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    sale = sell(till_a)
    give_back(till_a, sale, 1)
    given = ask(till_b, by_id(sale))
    till_b.adopt(given)
    refund(till_b, sale, 2, version=given.tokens[0].version)
    till_b.push()
    assert exceptions(hq) == []

    backup.restore()
    for till in (till_a, till_b) if first == "who sold" else (till_b, till_a):
        heal(till)

    assert exceptions(hq) == []
    answer = ask(till_a, by_id(sale))
    assert (answer.tokens, [held.code for held in answer.held]) == ((), ["at_till"])


def test_a_refund_of_a_sale_that_nobody_brings_is_named_when_all_were_heard(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    backup.restore()
    refund(till_b, sale_body(till_b, 1_500))
    heal(till_b)
    in_between = exceptions(hq)
    heal(till_a)

    assert (in_between, exceptions(hq)) == ([], ["refund_of_unknown_sale"])


def test_an_order_that_nobody_brings_is_named_when_all_were_heard(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    """It had come to till B from a till that was lost, with the entry that took it, after the backup was made."""
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    backup.restore()
    order_id = hq.desk.ids.new_id()
    move = bodies.TokenMove(token=order_token(order_id), kind="order", version=2, subject=order_id)
    till_b.append(bodies.TokenAcquired(head=till_b.head(), request_number=1, tokens=(move,)))
    till_b.append(bodies.OrderCollected(head=till_b.head(), order_id=order_id, sale_id=order_id, deposit_fen=600))
    heal(till_b)
    in_between = exceptions(hq)
    heal(till_a)

    assert (in_between, exceptions(hq)) == ([], ["order_unknown"])
