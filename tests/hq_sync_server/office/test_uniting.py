"""One person, two ids: united by the number only HQ can read; value moves as it comes home."""

import pytest
from nacl.public import PublicKey, SealedBox

from hq_sync_server.app import Hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members import members
from hq_sync_server.office.members.members import NewMember
from hq_sync_server.office.organisation import chain
from hq_sync_server.records import office_tables, tables
from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.members import phone_hash
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import register, release_top_up, sale_body, top_up
from tests.hq_sync_server.people import WireTill, balances, member_rows

PHONE = "+8613800005678"


def _codes(hq: Hq) -> list[str]:
    table = office_tables.exceptions
    with hq.desk.read() as connection:
        codes = connection.scalars(table.select().with_only_columns(table.c.code))
        return [code for code in codes if code != "not_repriced"]


def test_a_new_number_makes_an_active_member(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "138 0000 5678", card="MABC")
    till_a.push()

    row = member_rows(till_a.changes().rows)[member]
    assert (row.status, row.name, row.phone_masked, row.card_codes) == ("active", "王小明", "138****5678", ("MABC",))
    assert row.phone_hash == phone_hash(PHONE, till_a.enrolment.phone_key)


def test_the_number_itself_is_kept_encrypted_and_never_published(hq: Hq, till_a: WireTill) -> None:
    register(till_a, PHONE)
    till_a.push()

    with hq.desk.read() as connection:
        (kept,) = connection.scalars(tables.members.select().with_only_columns(tables.members.c.phone_sealed))
    assert b"13800005678" not in bytes(kept)
    assert hq.desk.keys.read_phone(bytes(kept)) == PHONE
    assert not any(b"13800005678" in row.payload for row in till_a.changes().rows)


def test_two_cut_off_tills_register_the_same_person(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    """The second one is the alias: usable, and what was topped up on it arrives once its till has released it."""
    first, second = register(till_a, PHONE), register(till_b, PHONE)
    paid_b = top_up(till_b, second, 20_000)
    till_a.push()
    till_b.push()
    before = member_rows(till_a.changes().rows)
    release_top_up(till_b, second, paid_b, 20_000)
    till_b.push()
    after = member_rows(till_a.changes().rows)

    assert (before[second].status, before[second].canonical_id) == ("merged", first)
    assert (balances(before[first]), balances(before[second])) == ({}, {principal_lot(paid_b): 20_000})
    assert (balances(after[first]), balances(after[second])) == ({principal_lot(paid_b): 20_000}, {})
    granted = till_a.ask(second).grants
    assert [(grant.subject, grant.granted_total) for grant in granted] == [(first, 20_000)]
    assert _codes(hq) == []


def test_visits_and_marks_of_the_alias_count_for_the_person(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    first, second = register(till_a, PHONE), register(till_b, PHONE)
    till_b.append(sale_body(till_b, 3_000, member_id=second))
    till_a.push()
    till_b.push()
    till_b.append(sale_body(till_b, 3_000, member_id=second))
    till_b.push()

    row = member_rows(till_a.changes().rows)[first]
    assert row.visits == 2
    assert {mark.till_id: mark.seq for mark in row.marks} == {till_a.till_id: 2, till_b.till_id: 4}


def test_what_an_alias_spends_within_its_rights_is_no_exception(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    register(till_a, PHONE)
    second = register(till_b, PHONE)
    paid = top_up(till_b, second, 5_000)
    till_a.push()
    till_b.push()
    till_b.append(sale_body(till_b, 2_000, member_id=second, stored=[LotAmount(second, principal_lot(paid), 2_000)]))
    release_top_up(till_b, second, paid, 3_000)
    till_b.push()

    assert _codes(hq) == []
    assert sum(sum(balances(row).values()) for row in member_rows(till_a.changes().rows).values()) == 3_000


@pytest.mark.parametrize("sealed", [b"", b"nonsense", b"\x00" * 200])
def test_a_number_that_cannot_be_opened_is_an_exception_and_the_member_stays_usable(
    hq: Hq, till_a: WireTill, sealed: bytes
) -> None:
    member = register(till_a, PHONE, sealed=sealed)

    assert [verdict.code for verdict in till_a.push().verdicts] == ["phone_unreadable"]
    assert member_rows(till_a.changes().rows)[member].status == "provisional"


def test_a_number_that_is_none_is_an_exception(hq: Hq, till_a: WireTill) -> None:
    register(till_a, "12")

    assert [verdict.code for verdict in till_a.push().verdicts] == ["phone_unreadable"]


def test_a_chain_may_want_uniting_confirmed_first(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    hq.desk.run(lambda work: chain.set_setting(work, chain.UNITE_CONFIRMED, "0"))
    register(till_a, PHONE)
    second = register(till_b, PHONE)
    till_a.push()

    assert [verdict.code for verdict in till_b.push().verdicts] == ["unite_waiting"]
    assert member_rows(till_a.changes().rows)[second].status == "provisional"


def test_a_member_known_beforehand_is_the_canonical_one(hq: Hq, till_a: WireTill) -> None:
    known = hq.desk.ids.new_id()
    hq.desk.run(
        lambda work: members.create(
            work, [NewMember(member_id=known, phone=PHONE, profile=Profile(name="王", card_codes=("M1",), tier="gold"))]
        )
    )
    again = register(till_a, PHONE)
    till_a.push()

    rows = member_rows(till_a.changes().rows)
    assert rows[again].canonical_id == known
    assert (rows[known].tier, rows[known].card_codes, rows[known].name) == ("gold", ("M1",), "王")


def test_two_imported_rows_of_one_number_become_one_member(hq: Hq, till_a: WireTill) -> None:
    one, two = hq.desk.ids.new_id(), hq.desk.ids.new_id()
    canonical = hq.desk.run(
        lambda work: members.create(
            work, [NewMember(member_id=one, phone=PHONE), NewMember(member_id=two, phone=PHONE)]
        )
    )

    assert canonical == {one: one, two: one}


def test_profile_and_tags_follow_what_tills_say(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, PHONE)
    called = Attachment(kind="name", salt=bytes(32), content="王大明".encode())
    till_a.append(
        bodies.MemberEdited(
            head=till_a.head(member),
            member_id=member,
            attachments={"name": called.attachment_hash},
            coded={"pet": "cat"},
        ),
        [called],
    )
    till_a.append(bodies.MemberTagged(head=till_a.head(member), member_id=member, added=("vip", "nuts")))
    till_a.append(bodies.MemberTagged(head=till_a.head(member), member_id=member, removed=("nuts",)))
    till_a.push()

    row = member_rows(till_a.changes().rows)[member]
    assert (row.name, row.tags, row.own_fields) == ("王大明", ("vip",), {"pet": "cat"})


def test_a_card_of_somebody_elses_is_not_taken_over(hq: Hq, till_a: WireTill) -> None:
    first = register(till_a, PHONE, card="MABC")
    second = register(till_a, "13900001234", card="MABC")

    assert [verdict.code for verdict in till_a.push().verdicts] == ["card_taken"]
    rows = member_rows(till_a.changes().rows)
    assert (rows[first].card_codes, rows[second].card_codes) == (("MABC",), ())


def test_a_number_given_up_leads_to_its_new_owner(hq: Hq, till_a: WireTill) -> None:
    first = register(till_a, PHONE)
    sealed = SealedBox(PublicKey(till_a.enrolment.hq_seal_key)).encrypt(b"13900001234")
    number = Attachment(kind="phone_sealed", salt=bytes(32), content=sealed)
    till_a.append(
        bodies.MemberEdited(
            head=till_a.head(first), member_id=first, attachments={"phone_sealed": number.attachment_hash}
        ),
        [number],
    )
    second = register(till_a, PHONE)
    till_a.push()

    rows = member_rows(till_a.changes().rows)
    assert (rows[first].phone_masked, rows[first].status) == ("139****1234", "active")
    assert (rows[second].canonical_id, rows[second].status) == (second, "active")
