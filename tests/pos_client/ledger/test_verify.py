"""`verify` believes no table: it walks the bytes and says what differs and where."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_client.ledger import backup, verify
from pos_client.ledger.recount import Recount
from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.refusals import Refusal
from tests.pos_client.ledger.shop import MEMBER, Shop

Change = Callable[[sqlite3.Connection], object]


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A till with a bit of everything."""
    shift = bodies.ShiftOpened(head=shop.head(), shift_id=shop.ids.new_id(), float_fen=20_000)
    shop.ledger.append(shift)
    shop.ledger.append(shop.top_up())
    note = Attachment(kind="note", salt=bytes(32), content="生日蛋糕".encode())
    moved = bodies.CashMoved(
        head=shop.head(MEMBER), amount_fen=500, reason="change", note_attachment=note.attachment_hash
    )
    shop.ledger.append(moved, [note])
    shop.ledger.append(shop.sale(member=MEMBER, earned=12))
    sale = shop.sale(3_000)
    shop.ledger.append(shop.refund(sale, shop.ledger.append(sale).seq))
    coupon = bodies.TokenMove(token=shop.ids.new_id(), kind="coupon", version=1, subject=MEMBER, terms=b"5 off")
    shop.ledger.append(bodies.TokenAcquired(head=shop.head(), request_number=1, tokens=(coupon,)))
    new = shop.ids.new_id()
    shop.ledger.append(bodies.MemberRegistered(head=shop.head(new), member_id=new, card_code="MABC"))
    return shop


def tamper(shop: Shop, change: Change) -> None:
    """Change the file behind the ledger's back, as somebody with a hex editor and patience could."""
    shop.ledger.close()
    file = sqlite3.connect(shop.folder / "ledger.db")
    for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        file.execute(f"DROP TRIGGER {name}")
    change(file)
    file.commit()
    file.close()


def test_a_sound_ledger_is_sound_before_and_after_a_forget(busy: Shop) -> None:
    report = verify(busy.folder)
    assert report.findings == []
    assert (report.ok, report.entries, report.epochs, report.attachments) == (True, 9, 1, 1)
    assert report.head_hash == busy.ledger.head().entry_hash.hex()
    assert report.balances["principal"] == -10_000
    assert report.members_with_balance == 1

    assert busy.ledger.forget(MEMBER) == 1

    after = verify(busy.folder)
    assert (after.ok, after.attachments, after.balances) == (True, 0, report.balances)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param(
            lambda file: file.execute(
                "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '3000', '2000') AS BLOB) WHERE seq = 6"
            ),
            {"hash_wrong", "postings_differ", "postings_digest_differs", "columns_differ"},
            id="a cheaper sale",
        ),
        pytest.param(
            lambda file: file.execute(
                "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'principal_fen\":1', 'principal_fen\":9')"
                " AS BLOB) WHERE seq = 3"
            ),
            {"hash_wrong", "postings_unbalanced", "columns_differ", "rights_differ"},
            id="a top-up of more than was paid",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE postings SET amount = amount + 1 WHERE account = 'cash'"),
            {"postings_differ", "sum_not_zero"},
            id="more cash",
        ),
        pytest.param(
            lambda file: file.execute("DELETE FROM entries WHERE seq = 5"),
            {"gap", "link_broken", "rows_without_entry", "rights_differ", "columns_differ"},
            id="an entry taken out",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE rights SET credited = credited + 5000"),
            {"rights_differ"},
            id="rights minted",
        ),
        pytest.param(
            lambda file: file.execute("INSERT INTO tokens VALUES (randomblob(16), 'coupon', 1, NULL, x'', 'owned', 0)"),
            {"token_differs", "rows_without_entry"},
            id="a coupon minted",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE attachments SET content = x'41'"),
            {"attachment_differs"},
            id="another note",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE entries SET business_date = '2026-11-24' WHERE seq = 5"),
            {"columns_differ"},
            id="another day",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE lane SET acked_seq = 3, acked_hash = randomblob(32)"),
            {"acknowledged_entry_differs"},
            id="another acknowledgement",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE shifts SET closed = opened"),
            {"shifts_differ"},
            id="a shift closed",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE shifts SET business_date = '2026-11-24'"),
            {"shifts_differ"},
            id="a shift of another day",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE entries SET refers_to = NULL"),
            {"columns_differ"},
            id="a refund hidden from its sale",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE entries SET value_total_fen = 0 WHERE seq = 7"),
            {"columns_differ"},
            id="less money waiting",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE tokens SET terms = x'353020'"),
            {"token_differs"},
            id="a better coupon",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE tokens SET subject = zeroblob(16)"),
            {"token_differs"},
            id="somebody else's coupon",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE own_members SET card_code = 'MABD'"),
            {"own_member_differs"},
            id="another card",
        ),
        pytest.param(
            lambda file: file.execute("UPDATE lane SET refund_rights_released_through = 1"),
            {"refund_rights_differ"},
            id="refund rights lost",
        ),
        pytest.param(lambda file: file.execute("DELETE FROM lane"), {"lane_missing"}, id="no lane"),
        pytest.param(lambda file: file.execute("DELETE FROM identity"), {"identity_missing"}, id="nobody's ledger"),
        pytest.param(
            lambda file: file.execute("UPDATE identity SET epoch = 2"), {"identity_differs"}, id="another epoch"
        ),
        pytest.param(
            lambda file: file.execute("DELETE FROM subjects"),
            {"subjects_differ"},
            id="purchases hidden",
        ),
    ],
)
def test_what_was_changed_behind_the_ledger_is_found(busy: Shop, change: Change, codes: set[str]) -> None:
    tamper(busy, change)
    report = verify(busy.folder)
    assert {finding.code for finding in report.findings} == codes
    assert not report.ok


def test_a_bit_that_fell_over_in_the_anchor_is_found(busy: Shop) -> None:
    anchor = busy.folder.with_name(busy.folder.name + ".anchor")
    sound = anchor.read_bytes()
    for place in (3, 40, 512 + 90):
        anchor.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        assert [finding.code for finding in verify(busy.folder).findings] == ["anchor_damaged"]
    anchor.write_bytes(sound)
    assert verify(busy.folder).ok


def test_verify_reads_while_the_till_sells_and_a_backup_verifies(busy: Shop, tmp_path: Path) -> None:
    assert verify(busy.folder).ok
    (tmp_path / "copy").mkdir()
    backup(busy.folder, tmp_path / "copy" / "ledger.db")
    busy.ledger.append(busy.sale())
    assert verify(tmp_path / "copy").entries == 9
    assert verify(busy.folder).entries == 10


def test_a_till_that_sells_while_its_book_is_walked_did_not_go_back(
    busy: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked = Recount.compare

    def sold_meanwhile(recount: Recount, reader: sqlite3.Connection) -> list[tuple[str, str]]:
        for _ in range(2):  # both slots of the anchor
            busy.ledger.append(busy.sale())
        return list(walked(recount, reader))

    monkeypatch.setattr(Recount, "compare", sold_meanwhile)
    assert verify(busy.folder).findings == []


def test_a_body_that_is_no_text_any_more_is_a_finding(busy: Shop) -> None:
    name = "全麦吐司".encode()

    def spoil(file: sqlite3.Connection) -> None:
        (position, body) = file.execute(
            "SELECT position, body FROM entries WHERE entry_type = 'sale' ORDER BY position"
        ).fetchone()
        assert name in body
        body = body.replace(name, b"\xff" * len(name))
        file.execute("UPDATE entries SET body = ? WHERE position = ?", (body, position))

    tamper(busy, spoil)
    assert {"hash_wrong", "body_unreadable"} <= {finding.code for finding in verify(busy.folder).findings}
    busy.ledger = busy.opened()


def test_no_ledger_a_damaged_one_and_a_newer_one_are_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="ledger_missing"):
        verify(tmp_path / "nowhere")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ledger.db").write_bytes(b"something else entirely" * 1_000)
    with pytest.raises(Refusal, match="ledger_damaged"):
        verify(tmp_path / "broken")
    tamper(shop, lambda file: file.execute("PRAGMA user_version = 99"))
    with pytest.raises(Refusal, match="database_newer"):
        verify(shop.folder)
    tamper(shop, lambda file: file.execute("PRAGMA user_version = 1"))
    shop.ledger = shop.opened()
