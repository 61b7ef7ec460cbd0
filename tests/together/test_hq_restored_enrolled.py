"""HQ restored to a time before a till was enrolled again, with real tills: the till is known by its newer key, and what
it wrote in the epoch HQ has lost comes home."""

from pathlib import Path

import pytest

from hq_sync_server.office.healing import enrolment, recovery
from hq_sync_server.office.organisation import tills
from tests.hq_sync_server.backups import Backup
from tests.replay.till import ReplayTill
from tests.together.disks import Disks
from tests.together.disks import disagreements as all_at_hq
from tests.together.restored import alarms, figures, heal, id_of


@pytest.mark.parametrize("listed", [True, False], ids=["listed with the keys", "by its certificate"])
def test_a_till_enrolled_again_after_the_backup_is_known_by_its_new_key(
    disks_on_each: Disks, tmp_path: Path, *, listed: bool
) -> None:
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = shop.known["12346"]
    shop.a.top_up(member_id, 10_000)
    shop.serve(shop.a, member_id, 3_000)
    heal(shop)
    backup = Backup(shop.hq, tmp_path)
    lists = {name: (shop.hq.desk.keys.folder / name) for name in ("certificates", "revoked")}
    older = {name: path.read_text() if path.exists() else "" for name, path in lists.items()}
    shop.serve(shop.a, member_id, 1_000)
    code = shop.hq.desk.run(lambda work: enrolment.new_code(work, id_of(shop.a), "boss")).code
    shop.a.ledger.close()
    again = disks.enrolled_again(shop.a, code, shop.a.ledger.folder.parent)
    again.sync(pull=True)
    shop.serve(again, member_id, 2_000)
    again.sync(pull=True)
    before = figures(shop)
    if not listed:
        for name, path in lists.items():
            path.write_text(older[name])

    backup.restore()
    for _ in range(3):
        again.sync(pull=True)
        shop.b.sync(pull=True)

    assert figures(shop) == before
    assert all_at_hq(disks, again, shop.b) == []
    with shop.hq.desk.read() as connection:
        assert recovery.state(connection) is None


@pytest.mark.parametrize("asked_first", ["the till speaks", "somebody enrols it", "no copy of the list"])
def test_a_till_whose_key_was_taken_away_before_the_backup_and_was_enrolled_since_is_found_again(
    disks_on_each: Disks, tmp_path: Path, asked_first: str
) -> None:
    """HQ is put back, without a word, to when it believed this till no longer."""
    disks, shop = disks_on_each, disks_on_each.shop
    member_id = shop.known["12346"]
    shop.a.top_up(member_id, 10_000)
    shop.a.sync(pull=True)
    shop.hq.desk.run(lambda work: tills.revoke(work, id_of(shop.a)))
    certificates = shop.hq.desk.keys.folder / "certificates"
    older = certificates.read_text()
    backup = Backup(shop.hq, tmp_path)
    again = enrolled_anew(disks, shop.a)
    shop.serve(again, member_id, 2_000)
    again.sync(pull=True)
    shop.serve(again, member_id, 500)
    before = figures(shop)
    if asked_first == "no copy of the list":
        certificates.write_text(older)

    backup.put_back()
    if asked_first == "somebody enrols it":
        again = enrolled_anew(disks, again)
    for _ in range(3):
        again.sync(pull=True)
        shop.b.sync(pull=True)

    assert again.ledger.frozen() is None
    assert again.ledger.head().epoch == (3 if asked_first == "somebody enrols it" else 2)
    assert figures(shop) == before
    assert all_at_hq(disks, again, shop.b) == []
    assert alarms(shop)["exposure_restored"] == 0
    with shop.hq.desk.read() as connection:
        assert recovery.state(connection) is None


def enrolled_anew(disks: Disks, till: ReplayTill) -> ReplayTill:
    """The till on its own folders, with a code that somebody at HQ gave out."""
    code = disks.shop.hq.desk.run(lambda work: enrolment.new_code(work, id_of(till), "boss")).code
    till.ledger.close()
    return disks.enrolled_again(till, code, till.ledger.folder.parent)
