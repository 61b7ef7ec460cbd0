"""Bringing members in, with balances that meet a control total or not at all; and forgetting one."""

from nacl.public import PublicKey, SealedBox
from sqlalchemy import func, select

from hq_sync_server.app import Hq
from hq_sync_server.records import tables
from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.members import MemberRow
from shared_models.moments import SystemClock, business_date_of
from tests.hq_sync_server.commands.conftest import Typist, heard
from tests.hq_sync_server.people import WireTill, balances, member_rows
from tests.together.seed_chain import make_chain, write_chain

HEADING = "phone,name,birthday,tier,card,home_store,tags,principal,bonus,points,points_until\n"
TWO_MEMBERS = (
    HEADING
    + "13800005678,王小麦,1990-05-06,,,001,爱吐司|学生,100.00,8.00,1200,2099-03\n"
    + "+86 139 0000 1234,李可颂,,,,,,0.50,0,0,\n"
)
TOTAL_OF_TWO = "principal=100.50,bonus=8,points=1200"


def _members(typed: Typist) -> list[MemberRow]:
    found = typed.look(lambda hq: member_rows(heard(hq)))
    return sorted(found.values(), key=lambda row: row.name)


def _opening_balances(hq: Hq) -> int:
    with hq.desk.read() as connection:
        entries = tables.entries
        query = select(func.count()).where(entries.c.entry_type == "opening_balance", entries.c.seq.is_not(None))
        return int(connection.scalar(query) or 0)


def test_members_come_with_their_balances_as_facts_and_tills_hear_of_them(typed: Typist) -> None:
    brought = typed("import-members", typed.file("m.csv", TWO_MEMBERS), "--control-total", TOTAL_OF_TWO)

    assert brought.exit_code == 0, brought.err
    assert "2 members imported" in brought.out
    li, wang = _members(typed)
    assert (wang.name, wang.phone_masked, wang.birthday, wang.tags) == (
        *("王小麦", "138****5678", "1990-05-06"),
        ("爱吐司", "学生"),
    )
    assert sorted(balances(wang).values()) == [800, 1200, 10_000]
    assert balances(wang)["points:2099-03"] == 1200
    assert list(balances(li).values()) == [50]
    assert wang.status == "active"
    assert typed.look(_opening_balances) == 2


def test_nothing_at_all_is_imported_when_the_balances_miss_the_control_total(typed: Typist) -> None:
    file = typed.file("m.csv", TWO_MEMBERS)
    for missed in (
        "principal=100.49,bonus=8,points=1200",
        "principal=100.50,bonus=8",
        "points=1200",
        "principal=100.50,bonus=8,points=1201",
    ):
        refused = typed("import-members", file, "--control-total", missed)
        assert refused.exit_code == 2, missed
        assert "Nothing was imported" in refused.err
        assert "¥100.50" in refused.err
    assert _members(typed) == []
    assert typed.look(_opening_balances) == 0


def test_without_a_control_total_that_can_be_read_nothing_begins(typed: Typist) -> None:
    file = typed.file("m.csv", TWO_MEMBERS)
    for unreadable in ("", "principal=much", "gold=1", "principal"):
        assert typed("import-members", file, f"--control-total={unreadable}").exit_code == 2, unreadable
    assert _members(typed) == []


def test_a_row_that_cannot_be_read_is_told_by_its_number_and_the_rest_goes_on(typed: Typist) -> None:
    file = typed.file(
        "m.csv",
        TWO_MEMBERS
        + "12345,短号,,,,,,0,0,0,\n"
        + ",无号无卡,,,,,,0,0,0,\n"
        + "13800005678,同号,,,,,,0,0,0,\n"
        + "13700000001,坏生日,1990-02-30,,,,,0,0,0,\n"
        + "13700000002,坏积分,,,,,,0,0,1.5,\n"
        + "13700000003,过期,,,,,,0,0,5,2001-01\n"
        + "13700000004,外店,,,,777,,0,0,0,\n"
        + "13700000005,少一格,,,,,0,0,0,\n"
        + "13700000006,好的,,,,,,0,0,0,\n",
    )

    brought = typed("import-members", file, "--control-total", TOTAL_OF_TWO)

    assert brought.exit_code == 1
    assert "3 members imported" in brought.out
    told = [line.split(":")[0] for line in brought.err.splitlines()]
    assert told == [f"Row {number}" for number in range(4, 12)]
    assert "138****5678 is in row 2 already" in brought.err
    assert [row.name for row in _members(typed)] == ["好的", "李可颂", "王小麦"]


def test_the_same_file_again_brings_nobody_twice(typed: Typist) -> None:
    file = typed.file("m.csv", TWO_MEMBERS)
    typed("import-members", file, "--control-total", TOTAL_OF_TWO)

    again = typed("import-members", file, "--control-total", TOTAL_OF_TWO)
    alone = typed("import-members", file, "--control-total", "principal=0")

    assert again.exit_code == 2
    assert alone.exit_code == 1
    assert alone.err.count("belongs to a member already") == 2
    assert len(_members(typed)) == 2
    assert typed.look(_opening_balances) == 2


def _register_at_a_till(hq: Hq) -> None:
    with hq.desk.read() as connection:
        store_id = connection.scalar(select(tables.stores.c.store_id))
    assert store_id is not None
    till = WireTill.enrolled(hq, store_id)
    member_id = hq.desk.ids.new_id()
    sealed = SealedBox(PublicKey(till.enrolment.hq_seal_key)).encrypt(b"+8613800005678")
    number = Attachment(kind="phone_sealed", salt=bytes(32), content=sealed)
    till.write(
        lambda head: bodies.MemberRegistered(head=head, member_id=member_id, phone_sealed=number.attachment_hash),
        member_id,
        attachments=[number],
    )
    assert till.push().verdicts == ()


def test_a_number_that_a_till_registered_first_is_not_opened_a_second_time(typed: Typist) -> None:
    typed.look(_register_at_a_till)

    brought = typed("import-members", typed.file("m.csv", TWO_MEMBERS), "--control-total", "principal=0.50")

    assert brought.exit_code == 1
    assert "Row 2: The number 138****5678 belongs to a member already." in brought.err
    assert [row.name for row in _members(typed) if row.name] == ["李可颂"]


def test_a_trial_changes_nothing(typed: Typist) -> None:
    tried = typed("import-members", typed.file("m.csv", TWO_MEMBERS), "--dry-run")

    assert tried.exit_code == 0
    assert "2 members can be imported: principal ¥100.50, bonus ¥8.00, points 1,200." in tried.out
    assert _members(typed) == []


def test_cards_and_tiers_are_known_by_the_words_of_the_chain(typed: Typist) -> None:
    today = business_date_of(SystemClock().now_ms())
    chain = make_chain(7, today, goods_count=10, members_count=30)
    files = write_chain(chain, typed.folder / "chain")
    typed("publish-rules", files.rules["001"], "--store", "001", "--effective-from", "2020-01-01")
    for store in ("002", "003"):
        typed("add-store", store, store)

    brought = typed("import-members", files.members, "--control-total", chain.control_total)
    card = next(member.card for member in chain.members if member.card)
    misread = card[:-1] + ("A" if card[-1] != "A" else "B")
    wrong = typed(
        "import-members",
        typed.file("w.csv", f"phone,tier,card\n13700000001,钻石卡,\n13700000002,金卡,{misread}\n"),
        "--control-total",
        "points=0",
    )

    assert brought.exit_code == 0, brought.err
    rows = {row.name: row for row in _members(typed)}
    for member in chain.members:
        row = rows[member.name]
        assert row.tier == member.tier
        assert row.card_codes == ((member.card,) if member.card else ())
        assert sum(balances(row).values()) == member.principal_fen + member.bonus_fen + member.points
    assert {row.tier_name for row in rows.values()} <= {"普卡", "银卡", "金卡", "黑金卡"}
    assert "There is no tier 钻石卡" in wrong.err
    assert wrong.err.count("Row") == 2


def test_a_forgotten_member_is_gone_everywhere_and_the_books_still_hold(typed: Typist) -> None:
    typed("import-members", typed.file("m.csv", TWO_MEMBERS), "--control-total", TOTAL_OF_TWO)

    asked = typed("forget", "13800005678")
    forgotten = typed("forget", "138-0000-5678", "--yes")

    assert asked.exit_code == 2
    assert forgotten.exit_code == 0, forgotten.err
    assert typed("forget", "13800005678", "--yes").exit_code == 2
    rows = typed.look(heard)
    gone = [row for row in rows if row.kind == "member_forgotten"]
    assert len(gone) == 1
    assert [row.deleted for row in rows if row.kind == "member" and row.key == gone[0].key] == [True]
    assert typed.look(lambda hq: [member.hex for member in hq.desk.keys.forgotten()]) == [gone[0].key]
    assert typed.look(_personal_words) == "李可颂"
    assert typed("import-members", typed.file("m.csv", TWO_MEMBERS), "--dry-run").err.count("Row") == 1


def _personal_words(hq: Hq) -> str:
    with hq.desk.read() as connection:
        profiles = [bytes(row) for row in connection.scalars(select(tables.members.c.profile))]
    return "".join(word for word in ("王小麦", "5678", "李可颂") if any(word.encode() in one for one in profiles))
