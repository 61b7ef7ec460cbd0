"""HQ restored from its backup: nothing lent twice, nothing minted, nothing made good before everybody was heard."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import recovery
from hq_sync_server.office.rights import coupons
from hq_sync_server.records import tables
from shared_models.bodies import TokenMove, TokenReleased
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import register, release_top_up, top_up
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import deliver, heal, report
from tests.hq_sync_server.restored import LOT, balance, exceptions, known_member, lot_at_hq, spend, take_all


@pytest.fixture
def member(hq: Hq, stores: list[StoreRow]) -> UUID:
    """Somebody with 100.00 at HQ."""
    return known_member(hq, 10_000)


def test_what_a_till_was_granted_after_the_backup_is_lent_to_nobody_else(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    assert take_all(till_a, member) == 10_000
    spend(till_a, member, 3_000)
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
    assert lot_at_hq(hq, member) == (0, 0, False)
    assert (balance(hq, member), exceptions(hq)) == (7_000, [])


def test_what_one_till_gave_back_and_another_was_given_is_not_made_good_in_between(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    """B reports first: at that moment F is -100.00, and made good then it would mint what A's release brings."""
    till_a.push(), till_b.push()
    take_all(till_a, member)
    till_a.push()
    backup = Backup(hq, tmp_path)
    till_a.release(LotAmount(member, LOT, 10_000))
    till_a.push()
    assert take_all(till_b, member) == 10_000
    till_b.push()

    backup.restore()
    heal(till_b)
    in_between = lot_at_hq(hq, member)
    heal(till_a)

    assert in_between == (-10_000, 0, True)
    assert lot_at_hq(hq, member) == (0, 0, False)
    assert (balance(hq, member), exceptions(hq)) == (10_000, [])
    assert till_a.ask(member).grants == ()


def test_what_hq_itself_gave_after_the_backup_is_made_good_on_the_chain_s_account_when_all_were_heard(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    member = known_member(hq, 5_000)
    assert take_all(till_a, member) == 5_000
    spend(till_a, member, 2_000)
    till_a.push()

    backup.restore()
    heal(till_a)
    in_between = lot_at_hq(hq, member)
    heal(till_b)

    assert in_between == (-5_000, 0, True)
    assert lot_at_hq(hq, member) == (0, 5_000, False)
    assert (balance(hq, member), exceptions(hq)) == (3_000, ["exposure_restored"])


def test_an_excused_till_costs_what_it_had_and_pays_back_what_it_still_brings(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    take_all(till_a, member)
    till_a.push()
    backup = Backup(hq, tmp_path)
    till_a.release(LotAmount(member, LOT, 10_000))
    till_a.push()
    take_all(till_b, member)
    till_b.push()

    backup.restore()
    heal(till_b)
    with hq.desk.read() as connection:
        effect = recovery.excuse_effect(connection, till_a.till_id)
    hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))
    excused = lot_at_hq(hq, member)
    with hq.desk.read() as connection:
        state = recovery.state(connection)
    late = heal(till_a)

    assert (effect.held_fen, effect.is_last, effect.made_good_fen) == (10_000, True, 10_000)
    assert excused == (0, 10_000, False)
    assert state is not None
    assert (state.is_open, state.awaited) == (False, ())
    assert (late.report_wanted, late.recovering) == (False, False)
    assert lot_at_hq(hq, member) == (0, 0, False), "what it gave back pays the chain's account first"
    assert balance(hq, member) == 10_000
    assert exceptions(hq) == ["till_excused", "exposure_restored"]
    with hq.desk.read() as connection:
        assert recovery.state(connection) is None


def test_what_an_excused_till_had_been_given_and_spent_is_the_chain_s_loss_and_nobody_s_overdraft(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    take_all(till_a, member)
    spend(till_a, member, 8_000)
    till_a.push()

    backup.restore()
    hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))
    heal(till_b)
    assert take_all(till_b, member) == 10_000, "as far as anybody could tell it was free"
    spend(till_b, member, 10_000)
    till_b.push()
    heal(till_a)
    till_a.release(LotAmount(member, LOT, 2_000))
    till_a.push()

    assert lot_at_hq(hq, member) == (2_000, 10_000, False)
    assert balance(hq, member) == 2_000


def test_while_an_excused_till_delivers_late_its_release_pays_back_only_what_others_were_lent(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    take_all(till_a, member)
    till_a.release(LotAmount(member, LOT, 4_000))
    till_a.push()

    backup.restore()
    hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))
    heal(till_b)
    assert take_all(till_b, member) == 10_000
    till_b.push()
    heal(till_a)

    assert lot_at_hq(hq, member) == (0, 6_000, False)
    assert balance(hq, member) == 16_000, "10,000 at B and 6,000 at A: the difference is the chain's"


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
    assert exceptions(hq) == []


def _released(till: WireTill, move: TokenMove, member: UUID) -> TokenReleased:
    return TokenReleased(head=till.head(member), tokens=(move,))


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

    assert balance(hq, at_a) + balance(hq, at_b) == 5_000
    assert lot_at_hq(hq, at_a, principal_lot(paid)) == (0, 0, False)
    assert lot_at_hq(hq, at_b, principal_lot(paid)) == (0, 0, False)
    assert (till_b.ask(at_b).grants, exceptions(hq)) == ((), [])


def test_the_report_counts_only_once_everything_was_delivered(
    hq: Hq, till_a: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push()
    backup = Backup(hq, tmp_path)
    take_all(till_a, member)
    till_a.push()
    backup.restore()
    deliver(till_a)
    till_a.release(LotAmount(member, LOT, 10_000))

    too_early = report(till_a)
    till_a.push()
    unfinished = report(till_a, last=False)
    whole = report(till_a)

    assert [answer.report_wanted for answer in (too_early, unfinished, whole)] == [True, True, False]
    assert lot_at_hq(hq, member) == (10_000, 0, False)


def test_only_who_is_awaited_can_be_excused(hq: Hq, till_a: WireTill, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="till_not_awaited"):
        hq.desk.run(lambda work: recovery.excuse(work, till_a.till_id, "wang"))


def test_tills_that_report_at_the_same_moment_end_the_recovery_once(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    tills = [till_a, till_b]
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    given = known_member(hq, 5_000, "principal:lost")
    take_all(till_a, member), take_all(till_b, given)
    till_a.push(), till_b.push()
    backup.restore()
    for till in tills:
        deliver(till)

    with ThreadPoolExecutor(len(tills)) as pool:
        answers = list(pool.map(report, tills))

    assert [answer.outcome for answer in answers] == ["ok", "ok"]
    assert lot_at_hq(hq, member) == (0, 0, False)
    assert lot_at_hq(hq, given, "principal:lost") == (0, 5_000, False)
    with hq.desk.read() as connection:
        assert recovery.state(connection) is None
    assert exceptions(hq) == ["exposure_restored"]
