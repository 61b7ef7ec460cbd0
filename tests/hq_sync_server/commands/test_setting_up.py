"""Making an HQ, and the refusals of one that is not there, not whole or not reachable."""

import re

from sqlalchemy import Table, select

from hq_sync_server.app import Hq
from hq_sync_server.records import office_tables, tables
from tests.hq_sync_server.commands.conftest import Typist


def test_init_makes_records_keys_and_an_account_whose_password_is_told_once(empty_place: Typist) -> None:
    begun = empty_place("init", "--name", "麦禾烘焙")

    assert begun.exit_code == 0
    assert "麦禾烘焙" in begun.out
    assert {path.name for path in empty_place.key_folder.iterdir()} >= {"signing.key", "seal.key", "phone.key"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in empty_place.key_folder.iterdir())
    again = empty_place("init", "--name", "another")
    assert again.exit_code == 2
    assert "麦禾烘焙" in again.err
    assert begun.password not in again.out + again.err


def test_nothing_is_made_by_a_command_that_comes_before_init(empty_place: Typist) -> None:
    refused = empty_place("status")

    assert refused.exit_code == 2
    assert "init" in refused.err
    assert not empty_place.key_folder.exists()


def test_a_lost_key_is_named_and_never_made_anew(typed: Typist) -> None:
    key = typed.key_folder / "phone.key"
    content = key.read_bytes()
    key.unlink()

    refused = typed("status")

    assert refused.exit_code == 2
    assert "phone" in refused.err
    assert not key.exists()
    key.write_bytes(content)


def test_a_database_that_cannot_be_reached_is_a_sentence_and_not_a_traceback(typed: Typist) -> None:
    for url in ("postgresql://127.0.0.1:1/tillbook", "nonsense://x", "sqlite:////proc/nowhere/hq.db"):
        refused = Typist(url, typed.folder, typed.capture)("status")
        assert refused.exit_code == 2, url
        assert refused.err.startswith("hq-sync-server: "), url
        assert "Traceback" not in refused.err, url


def test_a_command_that_is_not_understood_ends_with_2(typed: Typist) -> None:
    assert typed("sell-everything").exit_code == 2
    assert typed("add-store").exit_code == 2


def test_a_password_can_be_renewed_by_whoever_has_the_machine(typed: Typist) -> None:
    renewed = typed("new-password", "admin")
    assert (renewed.exit_code, len(renewed.password)) == (0, 19)
    assert typed("new-password", "nobody").exit_code == 2


def test_commands_speak_the_language_asked_for(typed: Typist) -> None:
    assert "没有门店 999" in typed("enrol-code", "999", language="zh_CN").err
    assert "There is no store 999." in typed("enrol-code", "999", language="en").err
    assert "一次性注册码" in typed("--help", language="zh_CN").out


def test_a_code_is_kept_as_its_hash_alone(typed: Typist) -> None:
    code = typed("enrol-code", "001", "--till-name", "一号机", "--quiet").out.strip()

    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", code)
    kept = typed.look(lambda hq: _all_of(hq, tables.enrolment_codes))
    assert "一号机" in kept
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert typed("enrol-code", "001", "--valid-minutes", "0").exit_code == 2


def test_staff_come_with_a_pin_that_nobody_can_read_back(typed: Typist) -> None:
    added = typed("add-staff", "00101", "王店长", "--role", "manager", "--pin", "864209", "--store", "001")
    made = typed("add-staff", "00102", "李小麦")
    file = typed.file(
        "staff.csv",
        "工号,姓名,职务,密码,门店\n00103,赵芝士,收银员,7531,001\n00104,钱可颂,大厨,7531,001\n00105,孙,,75,\n",
    )
    brought = typed("import-staff", file)

    assert (added.exit_code, made.exit_code) == (0, 0)
    assert re.search(r"PIN: \d{6}\.", made.out)
    assert brought.exit_code == 1
    assert "1 people imported" in brought.out
    assert "Row 3: There is no role 大厨" in brought.err
    assert "Row 4: A PIN has 4 to 8 digits." in brought.err
    kept = typed.look(lambda hq: _all_of(hq, office_tables.staff))
    assert "864209" not in kept
    assert kept.count("$argon2id$") == 3


def _all_of(hq: Hq, table: Table) -> str:
    """Everything a table holds, as text."""
    with hq.desk.read() as connection:
        cells = [cell for row in connection.execute(select(table)) for cell in row]
    return "\n".join(cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell) for cell in cells)
