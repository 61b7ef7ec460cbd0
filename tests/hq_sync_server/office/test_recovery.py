"""HQ restored from its backup: nothing lent twice, nothing minted, nobody forgotten comes back."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office import coupons, forgetting, hq_facts, recovery, rule_configs, tills
from hq_sync_server.records import office_tables, tables
from shared_models.bodies import OpeningBalance, OpeningLot, TokenMove, TokenReleased
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot
from shared_models.rules import rule_hash
from shared_models.sales import Cursor, LotAmount
from shared_models.sync import MSGPACK, HelloRequest, ReturnAnswer, ReturnRequest
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import register, release_top_up, sale_body, top_up
from tests.hq_sync_server.people import TODAY, WireTill, member_rows, refusal_of
from tests.hq_sync_server.reports import deliver, heal, report

LOT = "principal:before"


@pytest.fixture
def member(hq: Hq, stores: list[StoreRow]) -> UUID:
    """Somebody with 100.00 at HQ."""
    return _known_member(hq, 10_000)


def _known_member(hq: Hq, amount_fen: int, lot: str = LOT) -> UUID:
    def open_balance(work: Any) -> UUID:
        member_id: UUID = work.ids.new_id()
        head = hq_facts.head(work, member_id)
        fact = OpeningBalance(head=head, member_id=member_id, lots=(OpeningLot(lot=lot, amount=amount_fen),))
        hq_facts.record(work, [fact])
        return member_id

    return hq.desk.run(open_balance)


def _lot(hq: Hq, member: UUID, lot: str = LOT) -> tuple[int, int, bool]:
    """(F, what the chain answers for, recovering)."""
    lots = tables.subject_lots.c
    with hq.desk.read() as connection:
        row = connection.execute(
            select(lots.free, lots.exposed, lots.recovering).where(lots.subject == member, lots.lot == lot)
        ).one()
    return row.free, row.exposed, bool(row.recovering)


def _balance(hq: Hq, member: UUID) -> int:
    lots = tables.member_lots.c
    with hq.desk.read() as connection:
        return sum(connection.scalars(select(lots.balance).where(lots.member_id == member)))


def _exceptions(hq: Hq) -> list[str]:
    table = office_tables.exceptions.c
    with hq.desk.read() as connection:
        codes = connection.scalars(select(table.code).order_by(table.raised_at_ms, table.exception_id))
        return [code for code in codes if code not in ("not_repriced", "hq_restored")]


def _take_all(till: WireTill, member: UUID) -> int:
    """Ask for everything and adopt it; how much was given."""
    answer = till.ask(member)
    till.adopt(answer)
    return sum(grant.granted_total for grant in answer.grants)


def _spend(till: WireTill, member: UUID, amount_fen: int, lot: str = LOT) -> None:
    till.append(sale_body(till, amount_fen, member_id=member, stored=[LotAmount(member, lot, amount_fen)]))


def test_what_a_till_was_granted_after_the_backup_is_lent_to_nobody_else(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    assert _take_all(till_a, member) == 10_000
    _spend(till_a, member, 3_000)
    till_a.push()

    hq_epoch = backup.restore()
    before_anybody = till_b.hello()
    asked = till_b.ask(member)
    heal(till_b)
    still = till_b.ask(member)
    last = heal(till_a)
    after = till_b.ask(member)

    assert (hq_epoch, before_anybody.recovering, before_anybody.report_wanted) == (2, True, True)
    assert (asked.grants, still.grants, still.recovering, still.report_wanted) == ((), (), True, False)
    assert (last.recovering, last.report_wanted) == (False, False)
    assert (after.grants, after.recovering) == ((), False)
    assert _lot(hq, member) == (0, 0, False)
    assert (_balance(hq, member), _exceptions(hq)) == (7_000, [])


def test_what_one_till_gave_back_and_another_was_given_is_not_made_good_in_between(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    """B reports first: at that moment F is -100.00, and made good then it would mint what A's release brings."""
    till_a.push(), till_b.push()
    _take_all(till_a, member)
    till_a.push()
    backup = Backup(hq, tmp_path)
    till_a.release(LotAmount(member, LOT, 10_000))
    till_a.push()
    assert _take_all(till_b, member) == 10_000
    till_b.push()

    backup.restore()
    heal(till_b)
    in_between = _lot(hq, member)
    heal(till_a)

    assert in_between == (-10_000, 0, True)
    assert _lot(hq, member) == (0, 0, False)
    assert (_balance(hq, member), _exceptions(hq)) == (10_000, [])
    assert till_a.ask(member).grants == ()


def test_what_hq_itself_gave_after_the_backup_is_made_good_on_the_chain_s_account_when_all_were_heard(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    member = _known_member(hq, 5_000)
    assert _take_all(till_a, member) == 5_000
    _spend(till_a, member, 2_000)
    till_a.push()

    backup.restore()
    heal(till_a)
    in_between = _lot(hq, member)
    heal(till_b)

    assert in_between == (-5_000, 0, True)
    assert _lot(hq, member) == (0, 5_000, False)
    assert (_balance(hq, member), _exceptions(hq)) == (3_000, ["exposure_restored"])


def test_an_excused_till_costs_what_it_had_and_pays_back_what_it_still_brings(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    _take_all(till_a, member)
    till_a.push()
    backup = Backup(hq, tmp_path)
    till_a.release(LotAmount(member, LOT, 10_000))
    till_a.push()
    _take_all(till_b, member)
    till_b.push()

    backup.restore()
    heal(till_b)
    with hq.desk.read() as connection:
        effect = recovery.excuse_effect(connection, till_a.till_id)
    hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))
    excused = _lot(hq, member)
    with hq.desk.read() as connection:
        state = recovery.state(connection)
    late = heal(till_a)

    assert (effect.held_fen, effect.is_last, effect.made_good_fen) == (10_000, True, 10_000)
    assert excused == (0, 10_000, False)
    assert state is not None
    assert (state.is_open, state.awaited) == (False, ())
    assert (late.report_wanted, late.recovering) == (False, False)
    assert _lot(hq, member) == (0, 0, False), "what it gave back pays the chain's account first"
    assert _balance(hq, member) == 10_000
    assert _exceptions(hq) == ["till_excused", "exposure_restored"]
    with hq.desk.read() as connection:
        assert recovery.state(connection) is None


def test_what_an_excused_till_had_been_given_and_spent_is_the_chain_s_loss_and_nobody_s_overdraft(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    _take_all(till_a, member)
    _spend(till_a, member, 8_000)
    till_a.push()

    backup.restore()
    hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))
    heal(till_b)
    assert _take_all(till_b, member) == 10_000, "as far as anybody could tell it was free"
    _spend(till_b, member, 10_000)
    till_b.push()
    heal(till_a)
    till_a.release(LotAmount(member, LOT, 2_000))
    till_a.push()

    assert _lot(hq, member) == (2_000, 10_000, False)
    assert _balance(hq, member) == 2_000


def test_while_an_excused_till_delivers_late_its_release_pays_back_only_what_others_were_lent(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    _take_all(till_a, member)
    till_a.release(LotAmount(member, LOT, 4_000))
    till_a.push()

    backup.restore()
    hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))
    heal(till_b)
    assert _take_all(till_b, member) == 10_000
    till_b.push()
    heal(till_a)

    assert _lot(hq, member) == (0, 6_000, False)
    assert _balance(hq, member) == 16_000, "10,000 at B and 6,000 at A: the difference is the chain's"


def test_tokens_belong_to_whoever_has_their_newest_version(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    template = coupons.CouponTemplate(template_id="two", name="2", kind="amount_off", amount_fen=200, valid_days=100)

    def issue(work: Any) -> None:
        coupons.save_template(work, template)
        coupons.issue(work, template, [member])

    hq.desk.run(issue)
    first = till_a.ask(member)
    till_a.adopt(first)
    move = first.tokens[0]
    till_a.append(_released(till_a, structs.replace(move, version=move.version + 1), member))
    till_a.push()
    till_b.adopt(till_b.ask(member))
    till_b.push()

    backup.restore()
    heal(till_b)
    meanwhile = till_a.hello()
    heal(till_a)

    assert meanwhile.recovering
    with hq.desk.read() as connection:
        row = connection.execute(select(tables.tokens).where(tables.tokens.c.token == move.token)).one()
    assert (row.owner_till_id, row.version, row.template_id) == (till_b.till_id, move.version + 2, "two")
    assert till_a.ask(member).tokens == ()
    assert _exceptions(hq) == []


def _released(till: WireTill, move: TokenMove, member: UUID) -> TokenReleased:
    return TokenReleased(head=till.head(member), tokens=(move,))


def test_a_till_enrolled_after_the_backup_is_known_and_awaited_from_the_list_beside_the_keys(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    late = WireTill.enrolled(hq, stores[1].store_id)
    late.push()
    assert _take_all(late, member) == 10_000
    late.push()

    backup.restore()
    heal(till_a)
    without_it = till_a.ask(member)
    heal(late)

    assert (without_it.grants, without_it.recovering) == ((), True)
    assert till_a.ask(member).grants == ()
    assert (_lot(hq, member), _exceptions(hq)) == ((0, 0, False), [])


def test_a_till_that_is_on_no_list_comes_back_by_hq_s_own_signature(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    listed = (hq.desk.keys.folder / "certificates").read_text()
    late = WireTill.enrolled(hq, stores[1].store_id)
    late.push()
    assert _take_all(late, member) == 10_000
    late.push()
    (hq.desk.keys.folder / "certificates").write_text(listed)  # an older copy of the key folder came back too

    backup.restore()
    heal(till_a)
    assert _take_all(till_a, member) == 10_000, "nobody could know of the other till"
    till_a.push()
    unknown = late.send("POST", "/v1/hello", b"")
    certificate = ReturnRequest(certificate=late.enrolment.certificate)
    returned = late.send("POST", "/v1/return", msgspec.msgpack.encode(certificate))
    heal(late)

    assert refusal_of(unknown).code == "till_unknown"
    assert msgspec.msgpack.decode(returned.body, type=ReturnAnswer).hq_epoch == 2
    assert _lot(hq, member) == (0, 10_000, False)
    assert _balance(hq, member) == 20_000


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
    assert _balance(hq, fresh) == 5_000, "the nameless account lives on"


def test_two_ids_of_one_person_help_each_other_before_anything_is_made_good(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    """Before, B's id was the alias and its money had moved to A's id, where it was lent. After the restore B is heard
    first, so A's id becomes the alias."""
    phone = "+8613800005678"
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    at_a = register(till_a, phone)
    till_a.push()
    at_b = register(till_b, phone)
    paid = top_up(till_b, at_b, 5_000)
    release_top_up(till_b, at_b, paid, 5_000)
    till_b.push()
    given = till_a.ask(at_a)
    till_a.adopt(given)
    till_a.push()
    assert [(grant.subject, grant.granted_total) for grant in given.grants] == [(at_a, 5_000)]

    backup.restore()
    heal(till_b)
    heal(till_a)

    assert _balance(hq, at_a) + _balance(hq, at_b) == 5_000
    assert _lot(hq, at_a, principal_lot(paid)) == (0, 0, False)
    assert _lot(hq, at_b, principal_lot(paid)) == (0, 0, False)
    assert (till_b.ask(at_b).grants, _exceptions(hq)) == ((), [])


def test_the_report_counts_only_once_everything_was_delivered(
    hq: Hq, till_a: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    _take_all(till_a, member)
    till_a.push()
    backup.restore()
    deliver(till_a)
    till_a.release(LotAmount(member, LOT, 10_000))

    too_early = report(till_a)
    till_a.push()
    unfinished = report(till_a, last=False)
    whole = report(till_a)

    assert [answer.report_wanted for answer in (too_early, unfinished, whole)] == [True, True, False]
    assert _lot(hq, member) == (10_000, 0, False)


def test_restored_again_in_the_middle_everybody_is_awaited_again_under_a_higher_epoch(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    _take_all(till_a, member)
    till_a.push()
    first = backup.restore()
    heal(till_a)

    second = backup.restore()
    heal(till_b)
    answer = till_b.ask(member)
    heal(till_a)

    assert (first, second) == (2, 3), "never an epoch that tills have seen already"
    assert (answer.grants, answer.recovering) == ((), True)
    assert _lot(hq, member) == (0, 0, False)


def test_only_who_is_awaited_can_be_excused(hq: Hq, till_a: WireTill, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="till_not_awaited"):
        hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))


def test_a_restore_that_nobody_told_hq_of_is_noticed_at_the_first_word_of_a_till_that_lost_something(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    _take_all(till_a, member)
    till_a.push()
    backup.put_back()

    answer = till_a.hello()
    asked = till_b.ask(member)

    assert (answer.outcome, answer.recovering, answer.report_wanted, answer.hq_epoch) == ("resend_from", True, True, 2)
    assert asked.grants == ()
    heal(till_a), heal(till_b)
    assert (till_b.ask(member).grants, _lot(hq, member), _exceptions(hq)) == ((), (0, 0, False), [])


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


def test_an_epoch_out_of_the_blue_changes_nothing(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    lane = structs.replace(till_a.position(), hq_epoch=2**40)

    assert till_a.control("hello", HelloRequest(lane=lane)).recovering is False
    assert hq.desk.hq_epoch() == 1
    heal(till_a)


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
