"""A forgotten person stays forgotten, whatever tills still send and whichever backup comes back."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from hq_sync_server.app import Hq
from hq_sync_server.office.members import forgetting
from hq_sync_server.records import tables
from shared_models import bodies
from shared_models.entries import Attachment
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import register, release_top_up, top_up
from tests.hq_sync_server.people import WireTill, balances, member_rows

PHONE = "+8613800005678"


def _rename(till: WireTill, member: UUID, name: str) -> None:
    """A cashier at a till that has not heard of it yet writes another name down."""
    called = Attachment(kind="name", salt=bytes(32), content=name.encode())
    body = bodies.MemberEdited(head=till.head(member), member_id=member, attachments={"name": called.attachment_hash})
    till.append(body, [called])


def _personal(hq: Hq) -> Iterable[Any]:
    """Every value HQ keeps by which somebody could be recognised."""
    tables_of_people = (tables.attachments.c.content, tables.phones.c.phone_lookup, tables.member_cards.c.card_code)
    with hq.desk.read() as connection:
        profiles = connection.scalars(select(tables.members.c.profile)).all()
        found = [one for column in tables_of_people for one in connection.scalars(select(column)) if one is not None]
    return found + [one for one in profiles if "王小明".encode() in bytes(one)]


def test_what_a_till_still_sends_of_a_forgotten_person_is_dropped(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = register(till_a, PHONE, card="MABC")
    till_a.push()
    hq.desk.run(lambda work: forgetting.forget(work, member))
    register(till_b, PHONE, card="MABC", member_id=member)
    _rename(till_b, member, "王小明")
    top_up(till_b, member, 5_000)

    answer = till_b.push()

    assert (answer.acked_seq, answer.verdicts) == (4, ()), "the entries themselves are taken"
    assert _personal(hq) == []
    assert member not in member_rows(till_a.changes().rows)


def test_the_number_of_a_forgotten_person_is_free_for_somebody_new(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = register(till_a, PHONE)
    till_a.push()
    hq.desk.run(lambda work: forgetting.forget(work, member))
    register(till_b, PHONE, member_id=member)
    other = register(till_b, PHONE)
    top_up(till_b, other, 5_000)

    till_b.push()

    row = member_rows(till_a.changes().rows)[other]
    assert (row.status, row.name, sum(balances(row).values())) == ("active", "王小明", 5_000)


def test_nothing_is_lent_of_a_nameless_account(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    release_top_up(till_a, member, top_up(till_a, member, 5_000), 5_000)
    till_a.push()
    hq.desk.run(lambda work: forgetting.forget(work, member))

    assert till_a.ask(member).grants == ()


def test_a_database_from_a_backup_forgets_again(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, PHONE)
    other = register(till_a, "+8613900001111", name="李可颂")
    till_a.push()
    of_member = select(tables.members.c.profile).where(tables.members.c.member_id == member)
    with hq.desk.read() as connection:
        before = connection.scalar(of_member)
    hq.desk.run(lambda work: forgetting.forget(work, member))
    with hq.desk.database.write() as connection:
        as_the_backup_had_it = update(tables.members).values(status="active", profile=before)
        connection.execute(as_the_backup_had_it.where(tables.members.c.member_id == member))

    assert hq.desk.run(forgetting.forget_again) == 1
    assert hq.desk.run(forgetting.forget_again) == 0

    assert member_rows(till_a.changes().rows).keys() == {other}
    with hq.desk.read() as connection:
        assert connection.scalar(of_member) != before
    assert (hq.desk.keys.folder / "forgotten").read_text().split() == [str(member)]


def test_an_hq_that_does_not_know_it_came_from_a_backup_forgets_again_whom_a_till_brings(
    hq: Hq, till_a: WireTill, till_b: WireTill, tmp_path: Path
) -> None:
    member = register(till_a, PHONE, card="MABC")
    till_a.push(), till_b.push()
    top_up(till_b, member, 5_000)
    backup = Backup(hq, tmp_path)
    hq.desk.run(lambda work: forgetting.forget(work, member))
    backup.put_back()
    named = {row.version for row in till_a.changes().rows if row.kind == "member" and row.key == member.hex}

    till_b.push()

    assert _personal(hq) == []
    told = {row.kind: row for row in till_a.changes().rows if row.key == member.hex}
    assert told["member"].deleted
    assert told["member"].version > max(named), "a till that shows the name takes it for news"
    assert "member_forgotten" in told
